import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CaptureFiles } from '../../../src/planner/index.ts'
import type { Gate } from '../../../src/wire/explain.ts'
import type { Finding } from '../../../src/wire/snapshot.ts'
import { startApi, type Api } from '../api.ts'
import { createEntry, createRollout, enroll, post, snapshotOf, X86, type EnrolledHost } from '../fixtures.ts'
import { voices } from '../rolling.ts'

const OFF: CaptureFiles = { 'kexec-limits': 'kexec_load_disabled 1\n' }
const ON: CaptureFiles = { 'kexec-limits': 'kexec_load_disabled 0\n' }
const ALL = { waves: [{ percent: 100 }], max_unavailable: { percent: 100 } }

describe('a kernel that would refuse the load', () => {
  let api: Api
  let v: ReturnType<typeof voices>
  beforeAll(async () => {
    api = await startApi()
    v = voices(api)
  })
  afterAll(() => api.close())

  const gateOf = async (host: EnrolledHost): Promise<Gate> =>
    (await v.get(`/hosts/${host.id}/explain`)).gates.find((g: Gate) => g.gate === 'preflight')
  const findingsOf = async (host: EnrolledHost, snapshot: string) =>
    (await v.get(`/hosts/${host.id}/snapshots/${snapshot}/findings`)).items as Finding[]
  const withFiles = async (files: CaptureFiles, dry = false) => {
    const host = await enroll(api)
    const { id } = await post(api, host, snapshotOf(X86, 'boot-1', files))
    const boot_entry = await createEntry(api, X86, { initrd: null })
    const spec = { selector: { hosts: [host.id] }, boot_entry, ...ALL }
    if (!dry) await createRollout(api, spec, true)
    return { host, snapshot: id, spec }
  }

  test.each<[why: string, files: CaptureFiles, refused: string | null]>([
    ['nothing was captured', {}, null],
    ['kexec is not switched off', ON, null],
    ['kexec is switched off', OFF, 'kexec_load_disabled is 1'],
    ['the kernel is locked down', { lockdown: 'none [integrity] confidentiality\n' }, 'lockdown integrity'],
    ['Secure Boot alone', { 'secure-boot': '1\n' }, null],
  ])('is known from its files, before any window: %s', async (_why, files, refused) => {
    const { host, snapshot } = await withFiles(files)
    const gate = await gateOf(host)
    expect(gate.verdict).toBe(refused === null ? 'pass' : 'fail')
    if (refused !== null) expect(gate.sentence).toContain(refused)
    const found = (await findingsOf(host, snapshot)).filter((f) => f.code === 'load-refused')
    expect(found.map((f) => f.severity)).toEqual(refused === null ? [] : ['error'])
    expect((await v.ask(host)).status).toBe(refused === null ? 200 : 204)
  })

  test('the preview of a rollout says so too', async () => {
    const { spec } = await withFiles(OFF, true)
    const path = '/v1/rollouts?dry_run=true'
    const made = await api.call({ method: 'post', path, as: api.admin, body: { name: 'test', ...spec } })
    expect(made.body.waves[0].hosts[0].held).toContain('its kernel would refuse the load')
  })

  test('what was switched off after the snapshot is learnt from the same boot and memory', async () => {
    const { host } = await withFiles(ON)
    await post(api, host, snapshotOf(X86, 'boot-1', OFF))
    const since = api.clock.now.toISOString()
    expect(await gateOf(host)).toMatchObject({ verdict: 'fail', since })
    v.at(1000)
    await post(api, host, snapshotOf(X86, 'boot-1', OFF))
    expect(await gateOf(host)).toMatchObject({ verdict: 'fail', since })
    expect((await v.ask(host)).status).toBe(204)
    await post(api, host, snapshotOf(X86, 'boot-2', ON))
    expect((await gateOf(host)).verdict).toBe('pass')
    expect((await v.ask(host)).status).toBe(200)
  })

  test('who goes through firmware needs no load', async () => {
    const { host } = await withFiles(OFF)
    const override = { kind: 'override', host: host.id, mode: 'cold', reason: 'kexec is off' }
    await api.call({ method: 'post', path: '/v1/reboot-rules', as: api.admin, body: override })
    expect((await gateOf(host)).verdict).toBe('pass')
    expect((await v.ask(host)).status).toBe(200)
  })

  test.each<[why: string, files: CaptureFiles, line: number | null]>([
    ['a lockdown that there is not', { lockdown: 'none [total]\n' }, null],
    [
      'a limit that is no number',
      { 'kexec-limits': 'kexec_load_disabled 0\nkexec_load_limit_reboot x\n' },
      2,
    ],
  ])('a file that cannot be read is refused with its place: %s', async (_why, files, line) => {
    const host = await enroll(api)
    const body = snapshotOf(X86, 'boot-1', files)
    const path = `/v1/hosts/${host.id}/snapshots`
    const refused = await api.call({ method: 'post', path, as: host.credential, body })
    expect([refused.status, refused.body.code]).toEqual([400, 'bad-snapshot'])
    expect(refused.body.errors[0]).toMatchObject({ file: Object.keys(files)[0], ...(line && { line }) })
  })
})
