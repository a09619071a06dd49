import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadCapture } from '../../capture.ts'
import { startApi, type Api } from '../api.ts'
import { createEntry, enroll, post, snapshotOf, X86, type EnrolledHost } from '../fixtures.ts'

const RELEASE = '5.14.0-427.el9.x86_64'
const BODY = { rules: 'x86_64/6.8', facts: { purgatory_size: 0x6000 }, reason: 'trial load on node-7' }
const vendor = { uname: (loadCapture(X86).uname ?? '').replace(/^(\S+ \S+) \S+/, `$1 ${RELEASE}`) }

describe('calibrations', () => {
  let api: Api
  let host: EnrolledHost
  let entry: string
  beforeAll(async () => {
    api = await startApi()
    host = await enroll(api, { group: 'web' })
    await post(api, host, snapshotOf(X86, 'boot-1', vendor))
    entry = await createEntry(api)
  })
  afterAll(() => api.close())

  const at = (release = RELEASE, group = 'web') => `/v1/groups/${group}/calibrations/x86_64/${release}`
  const put = (body: object, headers = {}, path = at()) =>
    api.call({ method: 'put', path, as: api.admin, body, headers })
  const get = (path: string) => api.call({ method: 'get', path, as: api.admin })
  const plan = async (of: string, body = {}) =>
    (
      await api.call({
        method: 'post',
        path: `/v1/hosts/${of}/plans?dry_run=true`,
        as: api.admin,
        body: { boot_entry: entry, strategy: 'kexec_file', ...body },
      })
    ).body.body

  test('a group remembers, its plans go by it, and they say so', async () => {
    const before = await plan(host.id)
    const codes = (body: typeof before) => body.assumptions.map((a: { code: string }) => a.code)
    expect(codes(before)).toEqual(expect.arrayContaining(['vendor-release', 'purgatory-size']))
    expect((await get(at())).status).toBe(404)

    const first = await put(BODY)
    expect([first.status, first.body.group, first.body.rules]).toEqual([201, 'web', 'x86_64/6.8'])
    expect((await get(at())).headers['etag']).toBe(first.headers['etag'])
    const after = await plan(host.id)
    expect(codes(after)).not.toContain('vendor-release')
    expect(codes(after)).not.toContain('purgatory-size')
    expect(after).toMatchObject({
      rules: 'x86_64/6.8',
      segments: [{ kind: 'purgatory', memsz: 0x6000 }, {}, {}, {}],
      inputs: { calibration: { rules: 'x86_64/6.8', facts: { purgatory_size: 0x6000 } } },
    })
    const own = await plan(host.id, { facts: { purgatory_size: 0x7000 } })
    expect(own.segments[0].memsz).toBe(0x7000)

    expect((await put(BODY)).status).toBe(428)
    expect((await put(BODY, { 'if-match': '"stale"' })).status).toBe(412)
    const second = await put({ ...BODY, rules: 'x86_64/5.10' }, { 'if-match': first.headers['etag'] ?? '' })
    expect([second.status, second.body.rules]).toEqual([200, 'x86_64/5.10'])
    const audit = await get('/v1/audit?limit=500')
    const told = audit.body.items.filter((e: { action: string }) => e.action === 'calibration.set')
    expect(told.at(-1)).toMatchObject({
      target: `web/x86_64/${RELEASE}`,
      detail: { rules: 'x86_64/5.10', was: { rules: 'x86_64/6.8' } },
    })
  })

  test('another group, and another release, know nothing of it', async () => {
    const other = await enroll(api, { group: 'db' })
    await post(api, other, snapshotOf(X86, 'boot-1', vendor))
    expect((await plan(other.id)).inputs.calibration).toBeUndefined()
    const newer = await enroll(api, { group: 'web' })
    await post(api, newer, snapshotOf(X86))
    expect((await plan(newer.id)).inputs.calibration).toBeUndefined()
  })

  test.each<[why: string, path: string, change: object, headers: object, status: number, code: string]>([
    ['rules that nobody knows', at('6.1.0'), { rules: 'x86_64/3.2' }, {}, 422, 'unknown-rules'],
    ['rules of another architecture', at('6.1.0'), { rules: 'arm64/6.8' }, {}, 422, 'unknown-rules'],
    ['a group without a host', at('6.1.0', 'nobody'), {}, {}, 404, 'not-found'],
    ['a match with nothing', at('6.1.0'), {}, { 'if-match': '*' }, 412, 'precondition-failed'],
    [
      'a purgatory off its pages',
      at('6.1.0'),
      { facts: { purgatory_size: 0x5001 } },
      {},
      400,
      'invalid-input',
    ],
    ["one host's own matter", at('6.1.0'), { facts: { kho_scratch: [] } }, {}, 400, 'invalid-input'],
    ['no reason', at('6.1.0'), { reason: '' }, {}, 400, 'invalid-input'],
    ['a release that is none', at('latest'), {}, {}, 400, 'invalid-input'],
  ])('%s is refused', async (_why, path, change, headers, status, code) => {
    const response = await put({ ...BODY, ...change }, headers, path)
    expect([response.status, response.body.code]).toEqual([status, code])
  })

  test('facts of one plan enter its inputs, and wrong ones are refused at their place', async () => {
    const { inputs } = await plan(host.id, { facts: { cma: false, purgatory_size: 0x6000 } })
    expect(inputs.facts).toEqual({ purgatory_size: 0x6000, cma: false })
    const response = await api.call({
      method: 'post',
      path: `/v1/hosts/${host.id}/plans`,
      as: api.admin,
      body: { boot_entry: entry, facts: { kho_scratch: [{ start: '0x2000', last: '0x1000' }] } },
    })
    expect([response.status, response.body.errors[0].pointer]).toEqual([400, '/facts/kho_scratch/0'])
  })
})
