import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PolicyTrialHost, PolicyTrialSummary } from '../../../src/wire/policy-trial.ts'
import { linesOf, startApi, type Api } from '../api.ts'
import {
  ARM64,
  createEntry,
  createKey,
  enroll,
  post,
  snapshotOf,
  X86,
  type EnrolledHost,
} from '../fixtures.ts'

/** In the firmware's reserved memory: no segment can lie there. */
const TAKEN = '0x7ff00000'

describe('a policy tried on history', () => {
  let api: Api
  let entry: string
  beforeAll(async () => {
    api = await startApi()
    entry = await createEntry(api)
  })
  afterAll(() => api.close())

  const ask = (body: object, as = api.admin) =>
    api.call({ method: 'post', path: '/v1/policy-trials', as, body })
  const tried = async (hosts: readonly EnrolledHost[], rules: object, more: object = {}) => {
    const selector = { hosts: hosts.map((h) => h.id) }
    const response = await ask({ selector, boot_entry: entry, rules, ...more })
    expect([response.status, response.headers['content-type']]).toEqual([
      200,
      'application/x-ndjson; charset=utf-8',
    ])
    const all = linesOf(response.text)
    const { summary } = all.pop() as PolicyTrialSummary
    return { lines: all as PolicyTrialHost[], summary }
  }
  /** A host with so many boots, one after the other. */
  const booted = async (boots: number, group?: string) => {
    const host = await enroll(api, group === undefined ? {} : { group })
    for (let n = 1; n <= boots; n++) await post(api, host, snapshotOf(X86, `boot-${n}`))
    return host
  }

  test('each boot gets the pins of the one before: placed once, then kept; nothing is stored', async () => {
    const host = await booted(3)
    const { lines, summary } = await tried([host], {})
    const [line] = lines
    expect([line?.verdict, line?.absent]).toEqual(['same', 0])
    expect(line?.boots.map((b) => [b.boot_id, b.trial.verdict])).toEqual([
      ['boot-1', 'places'],
      ['boot-2', 'fits'],
      ['boot-3', 'fits'],
    ])
    const [first, second] = line?.boots ?? []
    expect(second?.trial.kept).toEqual(first?.trial.placed)
    expect(summary).toMatchObject({ hosts: 1, differ: 0, boots: 3, trial: { moved: 0, refused: 0 } })
    expect(summary.trial).toEqual(summary.in_force)
    const pins = await api.call({ method: 'get', path: `/v1/hosts/${host.id}/pins`, as: api.admin })
    expect(pins.body.items).toEqual([])
  })

  test('strict would have refused where prefer moved, in every boot, with the pin and its cause', async () => {
    const host = await booted(2, 'tried')
    await api.call({
      method: 'put',
      path: '/v1/groups/tried/pins/reboot/initrd',
      as: api.admin,
      body: { mem: TAKEN, room: 0x100000, reason: 'from a plan of racks' },
      headers: { 'if-match': '*' },
    })
    const { lines, summary } = await tried([host], { on_broken: 'strict' })
    expect(lines[0]?.verdict).toBe('differs')
    expect(lines[0]?.boots.map((b) => [b.in_force.verdict, b.trial.verdict])).toEqual([
      ['moves', 'refuses'],
      ['fits', 'refuses'],
    ])
    const [{ in_force, trial } = { in_force: null, trial: null }] = lines[0]?.boots ?? []
    expect(in_force?.moves).toMatchObject([{ kind: 'initrd', from: TAKEN }])
    expect(trial?.refusal).toMatchObject({ code: 'pin-broken', pin: { mem: TAKEN } })
    expect(summary).toMatchObject({
      differ: 1,
      in_force: { moved: 1, refused: 0 },
      trial: { moved: 0, kept: 0, refused: 2 },
    })
  })

  test('what is not named stays as it is in force; what is random is neither kept nor placed', async () => {
    const host = await booted(2, 'quiet')
    await api.call({
      method: 'put',
      path: '/v1/policies/group:quiet',
      as: api.admin,
      body: { rules: { random: ['initrd'] }, reason: 'test' },
    })
    const same = await tried([host], { headroom: {} })
    expect(same.lines[0]?.verdict).toBe('same')
    for (const { trial } of same.lines[0]?.boots ?? [])
      expect([...trial.kept, ...trial.placed]).not.toContain('initrd')
    const firm = await tried([host], { random: [] })
    expect(firm.lines[0]?.verdict).toBe('differs')
    expect(firm.lines[0]?.boots[1]?.trial.kept).toContain('initrd')
    expect(await tried([host], { random: [] })).toEqual(firm)
  })

  test('of many boots the newest are asked, and what is no longer kept is counted', async () => {
    const host = await booted(4)
    const two = await tried([host], {}, { boots: 2 })
    expect(two.lines[0]?.boots.map((b) => b.boot_id)).toEqual(['boot-3', 'boot-4'])
    expect(two.summary.absent).toBe(0)
    await api.store.snapshots.forgetOld(host.id, { count: 1, before: new Date(0), boots: 1 })
    const { lines, summary } = await tried([host], {})
    expect(lines[0]?.boots.map((b) => b.boot_id)).toEqual(['boot-4'])
    expect([lines[0]?.absent, summary.absent]).toEqual([3, 3])
  })

  test('who has no snapshot, is of another architecture or unknown, is told', async () => {
    const silent = await enroll(api)
    const other = await enroll(api, { arch: 'arm64' })
    await post(api, other, snapshotOf(ARM64))
    const nobody = { id: `host_${'0'.repeat(26)}`, credential: '' }
    const { lines, summary } = await tried([silent, other, nobody], {})
    expect(lines.map((l) => l.verdict)).toEqual(['no-snapshot', 'other-arch'])
    expect(summary).toMatchObject({ no_snapshot: 1, other_arch: 1, not_selected: [nobody.id], boots: 0 })
  })

  test('a viewer may ask; of an entry that is not there it is 404, and wrong rules are 400', async () => {
    const viewer = await createKey(api, 'viewer')
    const selector = { group: 'nobody' }
    expect((await ask({ rules: {}, boot_entry: entry, selector }, viewer)).status).toBe(200)
    expect((await ask({ rules: {}, boot_entry: `boot_${'0'.repeat(26)}`, selector })).status).toBe(404)
    const wrong = await ask({ rules: { random: ['kernel'] }, boot_entry: entry, selector })
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([400, '/rules/random/0'])
    expect((await ask({ rules: {}, boot_entry: entry, boots: 65 })).status).toBe(400)
  })
})
