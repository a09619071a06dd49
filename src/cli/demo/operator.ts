import { request } from 'undici'

/** A call of the API by a person or a provisioning system, with a key. */
export interface Operator {
  post<T>(path: string, body: unknown): Promise<T>
  get<T>(path: string): Promise<T>
}

/** Errors: throws with the service's own words on anything but a success. */
export function operator(server: string, key: string): Operator {
  const call = async <T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> => {
    const answer = await request(`${server}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`)
    return JSON.parse(text) as T
  }
  return { post: (path, body) => call('POST', path, body), get: (path) => call('GET', path) }
}
