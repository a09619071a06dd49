import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { headed } from '../fleetlock-client.ts'
import { sendRaw } from '../raw.ts'

describe('paths', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.close())

  test.each([
    ['get', '/nothing', 404, 'no-such-route', undefined],
    ['get', '/v1/nothing', 404, 'no-such-route', undefined],
    ['post', '/livez', 405, 'method-not-allowed', 'GET, HEAD'],
    ['put', '/v1/hosts', 405, 'method-not-allowed', 'GET, HEAD'],
    ['put', '/v1/boot-entries', 405, 'method-not-allowed', 'GET, HEAD, POST'],
    ['post', '/v1/hosts/host_1', 405, 'method-not-allowed', 'DELETE, GET, HEAD, PATCH'],
  ])('%s %s is %i', async (method, path, status, code, allow) => {
    const response = await api.call({ method, path })
    expect([response.status, response.body.code, response.headers['allow']]).toEqual([status, code, allow])
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(response.body).toMatchObject({ status, type: `/problems/${code}` })
  })

  test.each<[why: string, part: string, code: string]>([
    ['an escape that is none', '%zz', 'invalid-format'],
    ['an escape that is cut', '%', 'invalid-format'],
    ['bytes that are no UTF-8', '%c0%ae', 'invalid-format'],
    ['half of a surrogate pair', '%ed%a0%80', 'invalid-format'],
    ['one character more than anything that is looked up', 'x'.repeat(201), 'too-big'],
  ])('a path with %s is 400, a problem like any other', async (_why, part, code) => {
    const response = await api.call({ method: 'get', path: `/v1/hosts/${part}`, as: api.admin })
    expect(response.status).toBe(400)
    expect(response.body.errors).toEqual([{ pointer: 'path', code, detail: expect.any(String) }])
    expect(response.body.instance).toBe(`urn:berth:request:${response.headers['x-request-id']}`)
    const locked = await sendRaw(api.url, headed(`/fleetlock/${part}/v1/steady-state`, [], '{}'))
    expect([locked.status, JSON.parse(locked.body)]).toEqual([
      404,
      expect.objectContaining({ kind: 'unknown_base_url' }),
    ])
  })

  test('an id of the wrong form is 400 and says which', async () => {
    const response = await api.call({ method: 'get', path: '/v1/hosts/host_1', as: api.admin })
    expect([response.status, response.body.errors[0].pointer]).toEqual([400, 'path/hostId'])
  })

  test('HEAD has the headers of GET and no body', async () => {
    const head = await supertest(api.url).head('/readyz')
    const get = await supertest(api.url).get('/readyz')
    expect([head.status, head.text, head.headers['etag']]).toEqual([200, undefined, get.headers['etag']])
  })

  test('the contract is served as it is checked in', async () => {
    const served = await supertest(api.url).get('/openapi.json')
    const { document } = await import('../api.ts')
    expect(served.body).toEqual(document)
  })

  test('the documentation obeys its own policy: nothing inline, nothing from elsewhere', async () => {
    const page = await supertest(api.url).get('/docs/')
    expect(page.status).toBe(200)
    const policy = page.headers['content-security-policy'] ?? ''
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(policy).toContain("script-src 'self'")
    expect(page.text).not.toMatch(
      /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|href="https?:|src="https?:/,
    )
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => String(match[1]))
    expect(links.length).toBeGreaterThan(3)
    for (const link of links) {
      const file = await supertest(api.url).get(new URL(link, `${api.url}/docs/`).pathname)
      expect([link, file.status]).toEqual([link, 200])
    }
    const json = await supertest(api.url).get('/docs/json')
    expect(json.body.openapi).toBe('3.1.0')
  })
})
