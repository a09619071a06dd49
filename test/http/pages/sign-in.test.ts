import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { browserOf, type Browser } from './browser.ts'

describe('signing in', () => {
  let api: Api
  let browser: Browser
  beforeAll(async () => {
    api = await startApi()
    browser = browserOf(api)
  })
  afterAll(() => api.close())

  test('who is not signed in is asked to, and comes back to where he wanted to go', async () => {
    const stranger = browserOf(api)
    const sent = await stranger.get('/hosts?group=web')
    expect([sent.statusCode, sent.headers.location]).toEqual([303, '/sign-in?next=%2Fhosts%3Fgroup%3Dweb'])
    const form = await stranger.get('/sign-in?next=%2Fhosts%3Fgroup%3Dweb')
    expect(form.body).toContain('name="next" value="/hosts?group=web"')
    const done = await stranger.submit('/sign-in', { key: api.admin, next: '/hosts?group=web' })
    expect([done.statusCode, done.headers.location]).toEqual([303, '/hosts?group=web'])
    expect((await stranger.get('/hosts')).statusCode).toBe(200)
  })

  test('the browser gets a session and never the key; no script can read it', async () => {
    await browser.get('/sign-in')
    const done = await browser.submit('/sign-in', { key: api.admin, next: '/' })
    const cookie = [done.headers['set-cookie']].flat().find((one) => one?.startsWith('berth_session='))
    expect(cookie).toMatch(/; HttpOnly/)
    expect(cookie).toMatch(/; SameSite=Lax/)
    expect(cookie).toContain('berth_session_')
    expect(cookie).not.toContain(api.admin.split('_').at(-1))
  })

  test.each<[why: string, key: string]>([
    ['no key at all', 'nonsense'],
    ['a key with another secret', 'berth_admin_abc_0123456789012345678901234567890123456789'],
    ['characters that would end a header', 'a\r\nx-evil: 1'],
    ['what is no ASCII', 'schlüssel'],
  ])('%s is refused with words, and nothing is kept', async (_why, key) => {
    const stranger = browserOf(api)
    await stranger.get('/sign-in')
    const refused = await stranger.submit('/sign-in', { key, next: '/' })
    expect(refused.statusCode).toBe(401)
    expect(refused.body).toContain('No such key, or one that has ended.')
    expect(stranger.cookies['berth_session']).toBeUndefined()
  })

  test.each<[why: string, next: string]>([
    ['another site', 'https://elsewhere.example/'],
    ['another site without a scheme', '//elsewhere.example/'],
    ['the same with a backslash', '/\\elsewhere.example/'],
  ])('sign-in leads nowhere else: %s', async (_why, next) => {
    const stranger = browserOf(api)
    await stranger.get('/sign-in')
    const done = await stranger.submit('/sign-in', { key: api.admin, next })
    expect([done.statusCode, done.headers.location]).toEqual([303, '/'])
  })

  test.each([
    ['none', {}],
    ['a wrong one', { _csrf: 'nonsense' }],
  ])('a form with %s of a token changes nothing', async (_why, token) => {
    await browser.get('/sign-in')
    await browser.submit('/sign-in', { key: api.admin, next: '/' })
    const refused = await browser.post('/sign-out', token)
    expect(refused.statusCode).toBe(403)
    expect((await browser.get('/hosts')).statusCode).toBe(200)
  })

  test('a form that another site sends changes nothing, whatever token it has planted', async () => {
    const one = browserOf(api)
    await one.get('/sign-in')
    await one.submit('/sign-in', { key: api.admin, next: '/' })
    await one.get('/hosts')
    const refused = await one.submit('/sign-out', {}, { origin: 'https://sibling.example' })
    expect(refused.statusCode).toBe(403)
    expect((await one.get('/hosts')).statusCode).toBe(200)
  })

  test.each([
    ['what is no session', 'nonsense'],
    ['a line end', 'a%0Ab'],
    ['a key', 'berth_admin_abc_0123456789012345678901234567890123456789'],
  ])('a cookie that holds %s is as none', async (_why, value) => {
    const one = browserOf(api)
    one.cookies['berth_session'] = value
    const sent = await one.get('/hosts')
    expect([sent.statusCode, sent.headers.location]).toEqual([303, '/sign-in?next=%2Fhosts'])
  })

  test('a page costs one request of its address, whatever it reads', async () => {
    const tight = await startApi({ config: { rateLimit: 12 } })
    try {
      const one = browserOf(tight)
      await one.get('/sign-in')
      await one.submit('/sign-in', { key: tight.admin, next: '/' })
      const seen: number[] = []
      for (let n = 0; n < 12; n++) seen.push((await one.get('/hosts')).statusCode)
      expect(seen.filter((status) => status === 200)).toHaveLength(10)
      expect(seen.at(-1)).toBe(429)
    } finally {
      await tight.close()
    }
  })

  test('signing out ends the session, not only the cookie', async () => {
    const one = browserOf(api)
    await one.get('/sign-in')
    await one.submit('/sign-in', { key: api.admin, next: '/' })
    const token = one.cookies['berth_session']
    await one.get('/hosts')
    expect((await one.submit('/sign-out', {})).statusCode).toBe(303)
    const after = await api.call({ method: 'get', path: '/v1/hosts', as: token })
    expect(after.status).toBe(401)
  })

  test.each([
    ['a page', '/sign-in'],
    ['a style sheet', '/assets/berth.css'],
    ['a page that is not there', '/assets/nothing.css'],
  ])('%s lets nothing in from elsewhere', async (_why, path) => {
    const policy = String((await browserOf(api).get(path)).headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
  })
})
