import { entryHash, GENESIS, type Entry } from '../../../src/audit/entry.ts'
import { sha256 } from '../../../src/store/sha256.ts'
import type { Asked, AuditLine, Held, HeldPinChange, History, What } from './history.ts'

/** A request that was answered at once, by the first replica. */
export function asked(
  what: What,
  change: Partial<Asked> & { readonly at: number; readonly says?: unknown },
): Asked {
  const { at, says = {}, ...rest } = change
  const status = rest.status === undefined ? 200 : rest.status
  const body = typeof says === 'string' ? says : JSON.stringify(says)
  const one = {
    id: `r${at}`,
    client: 'somebody',
    what,
    about: 'h',
    began: at,
    ended: at + 1,
    etag: '',
    mark: '',
  }
  const answers = status === null ? [] : [{ replica: 0, at: at + 1, status, body }]
  return { ...one, status, body, answers, ...rest }
}

export function line(action: string, target: string, detail: object = {}, request = ''): AuditLine {
  return { action, target, request, detail: detail as AuditLine['detail'] }
}

export function change(generation: number, given: Partial<HeldPinChange> = {}): HeldPinChange {
  const mem = `0x${generation}000`
  const by = 'key_1'
  return {
    host: 'h',
    generation,
    by,
    kind: 'initrd',
    change: 'set',
    mem,
    room: 4096,
    reason: `m${generation}`,
    ...given,
  }
}

const pinSet = (generation: number, items: readonly object[]) => ({ generation, items })
const at = (generation: number) => ({ kind: 'initrd', mem: `0x${generation}000`, room: 4096 })
const lease = (action: string, holder: string, fence: number) =>
  line(`lease.${action}`, holder, { pool: 'p', fence })

/** Lines of the audit, as a chain. */
function chained(lines: readonly AuditLine[]): Entry[] {
  let prev_hash = GENESIS.hash
  return lines.map(({ action, target, request: request_id, detail }, i) => {
    const about = { id: `aud_${i}`, at: '2030-01-01T00:00:00.000Z', actor: 'key_1' }
    const entry = { seq: i + 1, ...about, action, target, detail, request_id, prev_hash }
    prev_hash = entryHash(entry, sha256)
    return { ...entry, hash: prev_hash }
  })
}

const AUDIT = [
  line('host.enroll', 'h', {}, 'r0'),
  line('snapshot.create', 's', {}, 'r2'),
  line('plan.create', 'plan_1', {}, 'r2'),
  line('key.create', 'key_2', {}, 'r30'),
  lease('acquire', 'l', 1),
  lease('release', 'l', 1),
  lease('acquire', 'host_a', 2),
  line('plan.executing', 'plan_1'),
  lease('release', 'host_a', 2),
  line('snapshot.create', 's2', {}, 'r50'),
  line('plan.create', 'plan_2', {}, 'r60'),
]
const CHAIN = chained(AUDIT)
const headAt = (seq: number) => ({
  seq,
  hash: CHAIN[seq - 1]?.hash ?? GENESIS.hash,
  at: '2030-01-01T00:00:01.000Z',
})

/** A run in which everything was right: one host, one plan, pins, a key, two holders, events. */
export const SOUND: History = {
  slots: 1,
  asked: [
    asked('enrol', { at: 0, about: 'm', mark: 'm', status: 201, says: { host: 'h' } }),
    asked('snapshot', { at: 2, mark: 'b', status: 201, says: { id: 's', plan: { id: 'plan_1' } } }),
    asked('pin-read', { at: 10, says: pinSet(0, []) }),
    asked('pin-set', { at: 12, mark: 'm1', says: pinSet(1, [at(1)]) }),
    asked('pin-set', { at: 14, mark: 'm2', says: pinSet(2, [at(2)]) }),
    asked('pin-read', { at: 16, says: pinSet(2, [at(2)]) }),
    // Nobody answered, and it was done.
    asked('pin-forget', { at: 18, mark: 'm3', status: null }),
    asked('pin-read', { at: 20, says: pinSet(3, []) }),
    // Nobody answered, and it was not done.
    asked('pin-set', { at: 22, mark: 'never', status: null }),
    asked('pin-set', { at: 24, mark: 'm9', status: 412, says: { code: 'precondition-failed' } }),
    asked('key', { at: 30, about: 'name', mark: 'name', status: 201, says: { id: 'key_2', key: 'k' } }),
    asked('key-use', { at: 32, about: 'key_2' }),
    asked('key-revoke', { at: 34, about: 'key_2', status: 204, says: '' }),
    asked('key-use', { at: 6000, about: 'key_2', status: 401 }),
    asked('lock', { at: 40, client: 'p-l', about: 'l' }),
    // A place in another pool.
    asked('lock', { at: 42, client: 'q-l', about: 'l' }),
    asked('unlock', { at: 43, client: 'q-l', about: 'l' }),
    asked('unlock', { at: 44, client: 'p-l', about: 'l' }),
    asked('poll', { at: 41, client: 'p-a', ended: 46, says: { plan: { id: 'plan_1' }, fence: 2 } }),
    asked('report', { at: 48, client: 'p-a', about: 'plan_1', mark: 'executing' }),
    asked('snapshot', { at: 50, client: 'p-a', mark: 'b2', status: 201, says: { id: 's2' } }),
    asked('plan', { at: 60, mark: 'assigned', status: 201, says: { id: 'plan_2' } }),
    asked('poll', { at: 59, client: 'h', ended: 62, says: { plan: { id: 'plan_2' } } }),
    asked('head', { at: 64, says: headAt(4) }),
    asked('head', { at: 66, says: headAt(9) }),
    asked('rollout', { at: 70, status: 201, says: { id: 'roll_1' } }),
  ],
  held: {
    hosts: [{ id: 'h', machine: 'm', generation: 3 }],
    snapshots: [
      { id: 's', host: 'h', boot: 'b' },
      { id: 's2', host: 'h', boot: 'b2' },
    ],
    plans: [
      { id: 'plan_1', host: 'h', state: 'landed' },
      { id: 'plan_2', host: 'h', state: 'assigned' },
    ],
    keys: [{ id: 'key_2', name: 'name', revoked: true }],
    rollouts: [{ id: 'roll_1' }],
    pins: [],
    pinChanges: [change(1), change(2), change(3, { change: 'forgotten', mem: null, room: null })],
    timeline: [
      { kind: 'enrolled', host: 'h', plan: null, snapshot: null },
      { kind: 'snapshot', host: 'h', plan: null, snapshot: 's' },
      { kind: 'snapshot', host: 'h', plan: null, snapshot: 's2' },
      { kind: 'plan-planned', host: 'h', plan: 'plan_1', snapshot: 's' },
      { kind: 'plan-planned', host: 'h', plan: 'plan_2', snapshot: 's2' },
    ],
    audit: AUDIT,
    chain: CHAIN,
    events: [
      { seq: 1, kind: 'enrolled', host: 'h' },
      { seq: 2, kind: 'lease.acquire', host: null },
      { seq: 4, kind: 'lease.release', host: null },
      { seq: 5, kind: 'lease.acquire', host: 'host_a' },
      { seq: 6, kind: 'lease.release', host: 'host_a' },
    ],
    leases: [],
    lastFences: new Map([['p', 2]]),
  },
  told: [
    { seq: 1, kind: 'enrolled', host: 'h' },
    { seq: 2, kind: 'lease.acquire', host: null },
    { seq: 4, kind: 'lease.release', host: null },
    { seq: 5, kind: 'lease.acquire', host: 'host_a' },
  ],
  toldAfter: 0,
  pinsByReplica: new Map([['h', ['200 {}', '200 {}']]]),
}

/** The same with more requests. */
export const also = (...more: readonly Asked[]): History => ({ ...SOUND, asked: [...SOUND.asked, ...more] })

/** The same in another database. */
export const holding = (given: Partial<Held>): History => ({ ...SOUND, held: { ...SOUND.held, ...given } })

/** The same, with one request otherwise. */
export function otherwise(id: string, given: Partial<Asked>): History {
  if (!SOUND.asked.some((one) => one.id === id)) throw new Error(`there is no ${id}`)
  return { ...SOUND, asked: SOUND.asked.map((one) => (one.id === id ? { ...one, ...given } : one)) }
}
