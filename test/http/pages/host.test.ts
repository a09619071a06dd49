import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { createEntry, createKey, enroll, plannedHost, post, snapshotOf, X86 } from '../fixtures.ts'
import { browserOf, signedIn, type Browser } from './browser.ts'

const NOBODY = '0'.repeat(26)
const HUGE = { initrd: { sha256: 'ab'.repeat(32), size: 3 * 2 ** 30 } }

describe('pages of hosts, plans and snapshots', () => {
  let api: Api
  let at: Awaited<ReturnType<typeof plannedHost>>
  let newest: string
  let viewer: Browser
  beforeAll(async () => {
    api = await startApi()
    at = await plannedHost(api)
    api.clock.now = new Date(api.clock.now.getTime() + 60_000)
    newest = (await post(api, at.host, snapshotOf(X86, 'boot-2'))).id
    viewer = await signedIn(api, await createKey(api, 'viewer'))
  })
  afterAll(() => api.close())

  const hostPath = () => `/hosts/${at.host.id}`
  const paths = () => [
    hostPath(),
    `${hostPath()}?scale=linear`,
    `${hostPath()}/try?boot_entry=${at.entry}`,
    `${hostPath()}/snapshots/${newest}`,
    `${hostPath()}/diff`,
    `${hostPath()}/diff?from=${at.snapshot.id}&to=${newest}`,
    `/plans/${at.plan}`,
  ]

  test('whoever may look sees each of them, pictures and all', async () => {
    for (const path of paths()) {
      const answer = await viewer.get(path)
      expect([path, answer.statusCode, answer.headers['content-type']]).toEqual([
        path,
        200,
        'text/html; charset=utf-8',
      ])
      expect(answer.headers['content-security-policy']).toContain("style-src 'self'")
      expect(answer.body).toContain('class="mem-map"')
      expect(answer.body).not.toContain('<style')
      expect(answer.body).toContain('/assets/picture.css')
      const [, curl = ''] = /<summary>This page as curl<\/summary>([\s\S]*?)<\/pre>/.exec(answer.body) ?? []
      expect(curl).toContain('/v1/')
      expect(curl).toContain('image/svg+xml')
    }
  })

  test('who is not signed in is asked to, and comes back', async () => {
    for (const path of paths()) {
      const answer = await browserOf(api).get(path)
      expect([answer.statusCode, answer.headers['location']]).toEqual([
        303,
        `/sign-in?next=${encodeURIComponent(path)}`,
      ])
    }
  })

  test.each([
    () => `/hosts/host_${NOBODY}`,
    () => `/hosts/host_${NOBODY}/try?boot_entry=boot_${NOBODY}`,
    () => `/hosts/host_${NOBODY}/snapshots/snap_${NOBODY}`,
    () => `/hosts/host_${NOBODY}/diff`,
    () => `/plans/plan_${NOBODY}`,
  ])('what is not there is a page that says so', async (path) => {
    const answer = await viewer.get(path())
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(answer.body).toContain('there is no such')
  })

  test('a scale that there is not is the usual one', async () => {
    const answer = await viewer.get(`${hostPath()}?scale=loud`)
    expect([answer.statusCode, answer.body.includes('scale=ordinal" aria-current="true"')]).toEqual([
      200,
      true,
    ])
  })

  test('a host without a snapshot has a page', async () => {
    const { id } = await enroll(api)
    const answer = await viewer.get(`/hosts/${id}`)
    expect([answer.statusCode, answer.body.includes('has not posted a snapshot yet')]).toEqual([200, true])
  })

  test('a refusal is shown with every hole and what would make it fit', async () => {
    const huge = await createEntry(api, X86, HUGE)
    const answer = await viewer.get(`${hostPath()}/try?boot_entry=${huge}`)
    expect(answer.statusCode).toBe(200)
    expect(answer.body).toContain('id="hole-1"')
    expect(answer.body).toContain('What would make it fit')
  })

  test('the colours of pictures are a sheet of their own, for everybody', async () => {
    const answer = await browserOf(api).get('/assets/picture.css')
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/css; charset=utf-8'])
    expect(answer.body).toContain('.mem-map{')
    expect(answer.headers['etag']).toMatch(/^"/)
  })

  test.each([
    ['map.svg', 'image/svg+xml', '<svg '],
    ['map.json', 'application/json', '{"snapshot":'],
    ['map.txt', 'text/plain', 'node-1'],
  ])('%s of a snapshot is a file', async (file, type, begins) => {
    const answer = await viewer.get(`${hostPath()}/snapshots/${newest}/${file}`)
    expect(answer.headers['content-type']).toBe(`${type}; charset=utf-8`)
    expect(answer.headers['content-disposition']).toBe(`attachment; filename="${newest}-${file}"`)
    expect(answer.body.startsWith(begins)).toBe(true)
  })

  test.each([
    ['map.svg', '<svg '],
    ['plan.json', '{"id":'],
    ['plan.txt', 'plan '],
  ])('%s of a plan is a file, in the bytes of the API', async (file, begins) => {
    const answer = await viewer.get(`/plans/${at.plan}/${file}`)
    expect(answer.body.startsWith(begins)).toBe(true)
    expect(answer.headers['content-disposition']).toContain('attachment')
  })

  test('without the token of a page nothing is written, whoever asks', async () => {
    const { host } = await plannedHost(api)
    const admin = await signedIn(api)
    for (const [path, fields] of [
      [`/hosts/${host.id}/opt-out`, { reason: 'r' }],
      [`/hosts/${host.id}/opt-in`, {}],
      [`/hosts/${host.id}/release`, { reason: 'r' }],
      [`/hosts/${host.id}/plans`, { boot_entry: at.entry, purpose: 'reboot', strategy: 'pinned' }],
      [`/plans/${at.plan}/assign`, {}],
      [`/hosts/${host.id}/pins/reboot/kernel/loosen`, { reason: 'r', etag: '*' }],
      [`/hosts/${host.id}/pins/reboot/kernel/forget`, { reason: 'r', etag: '*' }],
    ] as [string, Record<string, string>][]) {
      expect([path, (await admin.post(path, { _csrf: 'none', ...fields })).statusCode]).toEqual([path, 403])
    }
    expect((await admin.get(`/hosts/${host.id}`)).body).not.toContain('Left alone since')
  })

  test('what a viewer sends is refused by the service, in its words', async () => {
    await viewer.get(hostPath())
    const answer = await viewer.submit(`${hostPath()}/opt-out`, { reason: 'r' })
    expect([answer.statusCode, answer.body.includes('this needs operator')]).toEqual([403, true])
  })
})

describe('what operators do on them', () => {
  let api: Api
  let operator: Browser
  beforeAll(async () => {
    api = await startApi()
    operator = await signedIn(api, await createKey(api, 'operator'))
  })
  afterAll(() => api.close())

  const done = async (path: string, fields: Record<string, string>) => {
    const answer = await operator.submit(path, fields)
    return [answer.statusCode, answer.headers['location']]
  }

  test('a host is left alone, and no longer', async () => {
    const { id } = await enroll(api)
    await operator.get(`/hosts/${id}`)
    expect(await done(`/hosts/${id}/opt-out`, { reason: 'a disk is replaced' })).toEqual([
      303,
      `/hosts/${id}`,
    ])
    expect((await operator.get(`/hosts/${id}`)).body).toContain('a disk is replaced')
    expect(await done(`/hosts/${id}/opt-in`, {})).toEqual([303, `/hosts/${id}`])
    expect((await operator.get(`/hosts/${id}`)).body).not.toContain('Left alone since')
  })

  test('a reason is asked for', async () => {
    const { id } = await enroll(api)
    await operator.get(`/hosts/${id}`)
    expect((await operator.submit(`/hosts/${id}/opt-out`, { reason: '' })).statusCode).toBe(400)
  })

  test('a host comes out of quarantine', async () => {
    const { id } = await enroll(api, { machine_id: 'twice' })
    await enroll(api, { machine_id: 'twice' })
    expect((await operator.get(`/hosts/${id}`)).body).toContain('Release from quarantine')
    expect(await done(`/hosts/${id}/release`, { reason: 'one was wiped' })).toEqual([303, `/hosts/${id}`])
    expect((await operator.get(`/hosts/${id}`)).body).not.toContain('Release from quarantine')
    const again = await operator.submit(`/hosts/${id}/release`, { reason: 'again' })
    expect([again.statusCode, again.body.includes('the host is active')]).toEqual([409, true])
  })

  test('what was tried becomes a plan, which is handed to the agent', async () => {
    const { host, entry } = await plannedHost(api)
    const tried = `/hosts/${host.id}/try?boot_entry=${entry}`
    expect((await operator.get(tried)).body).toContain('Make this plan')
    const [status, plan = ''] = await done(`/hosts/${host.id}/plans`, {
      boot_entry: entry,
      purpose: 'reboot',
      strategy: 'pinned',
    })
    expect([status, String(plan)]).toEqual([303, expect.stringMatching(/^\/plans\/plan_/)])
    expect((await operator.get(String(plan))).body).toContain('Hand it to the agent')
    expect(await done(`${plan}/assign`, {})).toEqual([303, plan])
    const page = (await operator.get(String(plan))).body
    expect(page).toMatch(/aria-current="step"><b>assigned<\/b>/)
    expect(page).not.toContain('Hand it to the agent')
    expect((await operator.get(`/hosts/${host.id}`)).body).toContain('A plan is under way')
  })

  test('a pin is let go, and forgotten; not where somebody was faster', async () => {
    const { host } = await plannedHost(api)
    const path = `/hosts/${host.id}/pins/reboot/kernel`
    const page = (await operator.get(`/hosts/${host.id}`)).body
    const [, etag = ''] = /name="etag" value="&quot;([^&]+)&quot;"/.exec(page) ?? []
    const first = { reason: 'the next release is larger', etag: `"${etag}"` }
    expect(await done(`${path}/loosen`, first)).toEqual([303, `/hosts/${host.id}#pins`])
    expect((await operator.get(`/hosts/${host.id}`)).body).toContain('loose')
    const late = await operator.submit(`${path}/forget`, first)
    expect([late.statusCode, late.body.includes('it has changed since')]).toEqual([412, true])
    expect(await done(`${path}/forget`, { ...first, etag: '*' })).toEqual([303, `/hosts/${host.id}#pins`])
  })
})
