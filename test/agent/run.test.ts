import { afterEach, describe, expect, test } from 'vitest'
import {
  emulatedHost,
  generatedImages,
  memoryJournal,
  memorySpool,
  run,
  type Agent,
  type EmulatedHost,
  type Journal,
} from '../../src/agent/index.ts'
import { loadCapture } from '../capture.ts'
import { localService, type Answer, type LocalService, type SeenCall } from './local-service.ts'
import { assignmentOf, bootEntryFor, planFor, snapshotOf } from './planned.ts'
import { SIGNING_KEYS, signedOf } from './signed.ts'
import { seeded } from './seeded.ts'

const NAME = 'x86_64-seabios-4g-nokaslr'
const ID = '0123456789abcdefghjkmnpqrs'
const START = Date.parse('2026-03-01T12:00:00Z')

let service: LocalService | null = null
afterEach(async () => {
  await service?.close()
  service = null
})

const SNAPSHOT: Answer = { status: 201, body: { id: 'snap_1', memory_digest: 'd', landing: null } }
const QUARANTINED: Answer = { status: 403, body: { code: 'host-quarantined', detail: 'enrolled twice' } }
const isSnapshot = ({ path }: SeenCall): boolean => path.endsWith('/snapshots')
const isPoll = ({ path }: SeenCall): boolean => path.startsWith('/v1/agent/assignment')

interface Ran {
  readonly pauses: number[]
  readonly said: string[]
  readonly seen: readonly SeenCall[]
  readonly host: EmulatedHost
  /** How far virtual time went. */
  readonly ms: number
}

/** An agent on virtual time: sleeping is what makes time pass, and it ends after so many pauses. */
async function ran(
  answer: (call: SeenCall, nth: number) => Answer | null,
  pausesBeforeEnd: number,
  more: Partial<Agent> & { readonly plan?: boolean } = {},
): Promise<Ran> {
  const made = emulatedHost(loadCapture(NAME), { seed: 5 })
  if (!made.ok) throw new Error('no host')
  const host = made.value
  service = await localService(answer)
  const pauses: number[] = []
  const said: string[] = []
  let time = START
  const { plan: _, ...rest } = more
  const agent: Agent = {
    identity: {
      server: service.url,
      host: 'host_1',
      credential: 'berth_host_1_secret',
      signing_keys: SIGNING_KEYS,
    },
    backend: host.backend,
    capture: host.capture,
    images: generatedImages(),
    journal: memoryJournal(),
    spool: memorySpool(),
    now: () => time,
    random: seeded(11),
    say: (sentence) => said.push(sentence),
    sleep: async (ms) => {
      pauses.push(ms)
      time += ms
    },
    ...rest,
  }
  await run(agent, () => pauses.length >= pausesBeforeEnd)
  return { pauses, said, seen: service.seen, host, ms: time - START }
}

async function assignment(): Promise<unknown> {
  const host = emulatedHost(loadCapture(NAME), { seed: 5 })
  const entry = bootEntryFor(NAME, 'quiet')
  if (!host.ok || !entry) throw new Error('no plan')
  const made = assignmentOf(planFor(await snapshotOf(host.value), entry), entry)
  return signedOf({
    plan: { ...made.plan, id: `plan_${ID}` },
    boot_entry: { ...made.boot_entry, id: `boot_${ID}` },
  })
}

describe('pauses', () => {
  test('the first call is splayed; a service that answers at once is asked once in half to a whole interval', async () => {
    const { pauses, seen } = await ran((c) => (isSnapshot(c) ? SNAPSHOT : { status: 204 }), 200)
    const [splay = -1, ...polls] = pauses
    expect(splay).toBeGreaterThanOrEqual(0)
    expect(splay).toBeLessThan(60_000)
    expect(polls.every((ms) => ms >= 30_000 && ms < 60_000)).toBe(true)
    expect(new Set(polls).size).toBe(polls.length)
    // The wait that it asks for is as long as the pause, in whole seconds.
    const waits = seen.filter(isPoll).map((c) => Number(/wait=(\d+)$/.exec(c.path)?.[1]))
    expect(waits).toHaveLength(polls.length)
    expect(waits).toEqual(polls.map((ms) => Math.floor(ms / 1000)))
    expect(Math.max(...waits)).toBeLessThanOrEqual(60)
  })

  test('what has not changed is not said again, but once an hour', async () => {
    const { seen, ms } = await ran((c) => (isSnapshot(c) ? SNAPSHOT : { status: 204 }), 300)
    const snapshots = seen.filter(isSnapshot).length
    expect(snapshots).toBeGreaterThanOrEqual(2)
    expect(snapshots).toBeLessThanOrEqual(1 + ms / 3_600_000)
  })

  test('errors: each pause is below a limit that doubles up to five minutes, and a good answer starts anew', async () => {
    const polls = 14
    let asked = 0
    const { pauses } = await ran((c) => {
      if (isSnapshot(c)) return SNAPSHOT
      return ++asked <= polls ? { status: 500 } : { status: 204 }
    }, polls + 3)
    pauses.slice(1, polls + 1).forEach((ms, n) => {
      expect(ms).toBeLessThanOrEqual(Math.min(300_000, 1000 * 2 ** n))
    })
    expect(Math.max(...pauses.slice(1, polls + 1))).toBeGreaterThan(60_000)
    expect(pauses[polls + 1]).toBeGreaterThanOrEqual(30_000)
    expect(pauses[polls + 1]).toBeLessThan(60_000)
  })

  test.each<[why: string, header: string, ms: number]>([
    ['seconds', '7', 7_000],
    ['longer than any pause of its own', '1800', 1_800_000],
  ])('Retry-After wins: %s', async (_why, header, ms) => {
    const { pauses } = await ran(
      (c) => (isSnapshot(c) ? SNAPSHOT : { status: 503, headers: { 'retry-after': header } }),
      6,
    )
    expect(pauses.slice(1)).toEqual(new Array(5).fill(ms))
  })

  test.each<[why: string, status: number]>([
    ['an unknown credential', 401],
    ['a forbidden one', 403],
  ])('%s is no reason to hammer: it asks slowly, and says so once', async (_why, status) => {
    const { pauses, said, seen } = await ran(() => ({ status, body: { code: 'x', detail: 'no' } }), 10)
    expect(pauses.slice(1).every((ms) => ms >= 150_000 && ms < 300_000)).toBe(true)
    expect(seen).toHaveLength(9)
    expect(said).toHaveLength(1)
  })

  test('no first pause where a boot has to be told of', async () => {
    const journal = memoryJournal()
    await journal.write({ plan: 'plan_1', phase: 'executing', boot_id: 'the boot before' })
    const { pauses, seen } = await ran((c) => (isSnapshot(c) ? SNAPSHOT : { status: 204 }), 1, { journal })
    expect(pauses[0]).toBeGreaterThanOrEqual(30_000)
    expect(seen.filter(isSnapshot)).toHaveLength(1)
    expect(await journal.read()).toMatchObject({ phase: 'settled' })
  })
})

describe('quarantine', () => {
  test('nothing is applied, it asks slowly and says so; released, it goes on', async () => {
    const plan = await assignment()
    let polls = 0
    const { pauses, said, seen, host } = await ran((c) => {
      if (isSnapshot(c)) return SNAPSHOT
      if (!isPoll(c)) return { status: 200, body: {} }
      polls += 1
      if (polls <= 3) return QUARANTINED
      return polls === 4 ? { status: 200, body: plan } : { status: 204 }
    }, 6)
    expect(pauses.slice(1, 4).every((ms) => ms >= 150_000 && ms < 300_000)).toBe(true)
    expect(said.filter((s) => s.includes('quarantined'))).toHaveLength(1)
    expect(said.indexOf('the service takes this host again')).toBeGreaterThan(0)
    const phases = seen
      .filter((c) => c.path.endsWith('/reports'))
      .map((c) => (c.body as { phase: string }).phase)
    expect(phases).toEqual(['loaded', 'executing'])
    expect((await host.capture())['boot-id']).not.toBe(loadCapture(NAME)['boot-id'])
  })

  test('in the middle of a plan: no jump, nothing stays loaded, and the end is told when it may be', async () => {
    const plan = await assignment()
    let isOpen = false
    const { seen, host } = await ran((c) => {
      if (isSnapshot(c)) return isOpen || seenPolls(service) === 0 ? SNAPSHOT : QUARANTINED
      if (isPoll(c)) return seenPolls(service) === 1 ? { status: 200, body: plan } : { status: 204 }
      if (isOpen) return { status: 200, body: {} }
      isOpen = reports(service).length >= 3
      return QUARANTINED
    }, 8)
    expect(await host.backend.loaded()).toBeNull()
    const sent = reports({ seen }).map((c) => (c.body as { phase: string }).phase)
    expect(sent).not.toContain('executing')
    expect(sent.slice(-2)).toEqual(['loaded', 'failed'])
    const keys = (phase: string) =>
      new Set(
        reports({ seen })
          .filter((c) => (c.body as { phase: string }).phase === phase)
          .map((c) => c.headers['idempotency-key']),
      )
    expect([keys('loaded').size, keys('failed').size]).toEqual([1, 1])
  })
})

const seenPolls = (of: Pick<LocalService, 'seen'> | null): number => of?.seen.filter(isPoll).length ?? 0
const reports = (of: { readonly seen: readonly SeenCall[] } | null): readonly SeenCall[] =>
  of?.seen.filter((c) => c.path.endsWith('/reports')) ?? []

describe('the service is away', () => {
  test('the proof of a boot waits, in order, and arrives once when the service is back', async () => {
    const plan = await assignment()
    const bootIds = new Set<string>()
    let jumped = false
    let refusals = 0
    const { seen } = await ran((c) => {
      if (isPoll(c)) return jumped ? { status: 204 } : { status: 200, body: plan }
      if (!isSnapshot(c)) {
        jumped ||= (c.body as { phase: string }).phase === 'executing'
        return { status: 200, body: {} }
      }
      if (jumped && refusals++ < 10) return { status: 503 }
      bootIds.add((c.body as { boot_id: string }).boot_id)
      return SNAPSHOT
    }, 40)
    const proofs = seen.filter((c) => isSnapshot(c)).slice(1)
    expect(bootIds.size).toBe(2)
    expect(new Set(proofs.map((c) => c.headers['idempotency-key'])).size).toBe(1)
    expect(proofs).toHaveLength(11)
  })

  test('a disk that is full for a while ends nothing', async () => {
    const journal: Journal = memoryJournal()
    let reads = 0
    const full: Journal = {
      ...journal,
      read: () => (++reads === 2 ? Promise.reject(new Error('ENOSPC')) : journal.read()),
    }
    const { said, seen } = await ran((c) => (isSnapshot(c) ? SNAPSHOT : { status: 204 }), 4, {
      journal: full,
    })
    expect(said.some((s) => s.includes('ENOSPC'))).toBe(true)
    expect(seen.filter(isPoll).length).toBeGreaterThan(0)
  })
})

describe('an end that somebody asks for', () => {
  test('between two steps: what was assigned is not begun', async () => {
    const plan = await assignment()
    const journal = memoryJournal()
    const host = emulatedHost(loadCapture(NAME), { seed: 5 })
    if (!host.ok) throw new Error('no host')
    let isStopped = false
    service = await localService((c) => {
      if (isSnapshot(c)) return SNAPSHOT
      isStopped = true
      return { status: 200, body: plan }
    })
    const agent: Agent = {
      identity: { server: service.url, host: 'host_1', credential: 'c', signing_keys: SIGNING_KEYS },
      backend: host.value.backend,
      capture: host.value.capture,
      images: generatedImages(),
      journal,
      sleep: async () => {},
    }
    await run(agent, () => isStopped)
    expect(await journal.read()).toBeNull()
    expect(reports(service)).toEqual([])
  })

  test('a question that is waited for ends at once', async () => {
    const stopping = new AbortController()
    const open: LocalService = await localService((c) => {
      if (isSnapshot(c)) return SNAPSHOT
      stopping.abort()
      return new Promise<Answer>(() => {})
    })
    service = open
    const host = emulatedHost(loadCapture(NAME), { seed: 5 })
    if (!host.ok) throw new Error('no host')
    await run(
      {
        identity: { server: open.url, host: 'host_1', credential: 'c', signing_keys: SIGNING_KEYS },
        backend: host.value.backend,
        capture: host.value.capture,
        images: generatedImages(),
        journal: memoryJournal(),
        sleep: async () => {},
        signal: stopping.signal,
      },
      () => stopping.signal.aborted,
    )
    expect(open.seen.filter(isPoll)).toHaveLength(1)
  })
})
