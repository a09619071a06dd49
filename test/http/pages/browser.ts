import type { LightMyRequestResponse } from 'fastify'
import type { Api } from '../api.ts'

/** As much of a browser as pages without script need: it keeps cookies, and forms carry the token of the last page. */
export interface Browser {
  readonly cookies: Record<string, string>
  get(path: string): Promise<LightMyRequestResponse>
  /** Sends a form as it stands on the last page that was read. */
  submit(
    path: string,
    fields: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<LightMyRequestResponse>
  post(
    path: string,
    fields: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<LightMyRequestResponse>
}

export function browserOf(api: Api): Browser {
  const cookies: Record<string, string> = {}
  let csrf = ''
  const taken = (answer: LightMyRequestResponse): LightMyRequestResponse => {
    for (const { name, value, expires } of answer.cookies) {
      if (value === '' || (expires && expires.getTime() === 0)) delete cookies[name]
      else cookies[name] = value
    }
    csrf = /name="_csrf" value="([^"]+)"/.exec(answer.body)?.[1] ?? csrf
    return answer
  }
  const post: Browser['post'] = async (url, fields, headers = {}) =>
    taken(
      await api.app.inject({
        method: 'POST',
        url,
        cookies,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload: new URLSearchParams(fields).toString(),
      }),
    )
  return {
    cookies,
    post,
    get: async (url) => taken(await api.app.inject({ method: 'GET', url, cookies })),
    submit: (path, fields, headers) => post(path, { _csrf: csrf, ...fields }, headers),
  }
}

/** A browser that somebody has signed in with. */
export async function signedIn(api: Api, key = api.admin): Promise<Browser> {
  const browser = browserOf(api)
  await browser.get('/sign-in')
  await browser.submit('/sign-in', { key, next: '/' })
  return browser
}
