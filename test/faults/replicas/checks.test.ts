import { expect, test } from 'vitest'
import { answersPossible, repeatsAgree, revokedRefused } from './checks/answers.ts'
import { chainWhole, headsRise } from './checks/chain.ts'
import { holdersWithinSlots, leasesWithinSlots, startedOnce, tokensApart } from './checks/grants.ts'
import { CHECKS } from './checks/index.ts'
import { nothingLost } from './checks/lost.ts'
import { pinsEqual, pinsLinearizable } from './checks/pins.ts'
import { auditInOrder, eventsWhole, pollsWoken } from './checks/told.ts'
import { allWhole } from './checks/whole.ts'
import type { Check, History } from './history.ts'
import { also, asked, change, holding, line, otherwise, SOUND } from './sound-history.ts'

test.each(CHECKS.map(([holds, , check]) => [holds, check] as const))(
  'a sound run is sound: %s',
  (_holds, check) => {
    const { looked, violations } = check(SOUND)
    expect(violations).toEqual([])
    if (check !== repeatsAgree) expect(looked).toBeGreaterThan(0)
  },
)

const { held } = SOUND
const LEASE = { pool: 'p', fence: 9, holder: 'x' }
const set = (generation: number, mem: string) => ({
  generation,
  items: [{ kind: 'initrd', mem, room: 4096 }],
})
const twoAnswers = (one: string, two: string) =>
  [one, two].map((body, replica) => ({ replica, at: 1, status: 201, body }))
const acquired = (holder: string, fence: number) => line('lease.acquire', holder, { pool: 'p', fence })

test.each<[why: string, check: Check, history: History, says: string]>([
  ['an enrolled host is gone', nothingLost, holding({ hosts: [] }), 'is there 0 times'],
  ['it is there twice', nothingLost, holding({ hosts: [...held.hosts, ...held.hosts] }), 'is there 2 times'],
  ['a snapshot is of another boot', nothingLost, otherwise('r2', { mark: 'other' }), 'snapshot of h (r2)'],
  ['the plan that came with a snapshot is gone', nothingLost, holding({ plans: [] }), 'snapshot of h (r2)'],
  ['a plan is there, and stands nowhere', nothingLost, stateless(), 'plan of h (r60)'],
  ['a key is gone', nothingLost, holding({ keys: [] }), 'key of name'],
  ['a revoked key came back', nothingLost, unrevoked(), 'key-revoke of key_2'],
  ['a pin that was set is not in the history', nothingLost, withoutChange(1), 'pin-set of h (r12)'],
  ['it is there in another generation', nothingLost, otherwise('r12', { body: '{"generation":2}' }), 'r12'],
  ['a rollout is gone', nothingLost, holding({ rollouts: [] }), 'rollout of h'],
  ['a start that was agreed to is not told', nothingLost, withoutLine('plan.executing'), 'report of plan_1'],

  ['an entry of the audit is gone', chainWhole, holding({ chain: unlinked(4) }), 'entry 5 was removed'],
  [
    'the last one is, and its head was told',
    chainWhole,
    holding({ chain: held.chain.slice(0, 8) }),
    'entry 9 was cut off',
  ],
  ['an entry says another thing', chainWhole, holding({ chain: retold(2) }), 'entry 3 (aud_2) was changed'],
  [
    'two stand at each other’s places',
    chainWhole,
    holding({ chain: held.chain.toSpliced(2, 2, ...exchanged(2)) }),
    'entry 4',
  ],
  [
    'a head that is not in the chain was told',
    chainWhole,
    told(9, 'f'.repeat(64)),
    'entry 9, or one before it, was rewritten',
  ],
  ['a head went back', headsRise, told(3, held.chain[2]?.hash ?? ''), 'tells of entry 3, after entry 9'],

  ['a host without a timeline', allWhole, holding({ timeline: held.timeline.slice(1) }), 'timeline of h'],
  ['a snapshot without an audit', allWhole, withoutLine('snapshot.create'), 'audit of s'],
  ['a plan without a timeline', allWhole, holding({ timeline: held.timeline.slice(0, 3) }), 'of plan_1'],
  ['a plan without a state', allWhole, stateless(), 'stands nowhere'],
  [
    'a request that made two keys',
    allWhole,
    withLine(line('key.create', 'key_3', {}, 'r30')),
    'is there again',
  ],
  ['a generation left out', allWhole, withoutChange(2), 'have the generations 1 3'],
  ['a generation that no change made', allWhole, generation(4), 'the host has 4'],
  [
    'a history in another order than that of generations',
    allWhole,
    turnedRound(),
    'have the generations 2 1 3',
  ],
  ['a pin that its history has not', allWhole, strayPin(), 'not what their history'],

  [
    'more leases than places',
    leasesWithinSlots,
    withLine(acquired('x', 3), acquired('y', 4)),
    'holder 2 of 1',
  ],
  ['a token that was given out before', leasesWithinSlots, withLine(acquired('x', 2)), 'after 2 had been'],
  ['a token lower than the last', leasesWithinSlots, withLine(acquired('x', 1)), 'after 2 had been'],
  [
    'a second lease of one holder',
    leasesWithinSlots,
    withLine(acquired('x', 3), acquired('x', 4)),
    'already',
  ],
  ['a lease that nobody tells of', leasesWithinSlots, holding({ leases: [LEASE] }), 'by the audit []'],
  [
    'a lease that is told of, and not there',
    leasesWithinSlots,
    withLine(acquired('x', 3)),
    'the leases are []',
  ],
  ['a last token that went back', leasesWithinSlots, holding({ lastFences: new Map([['p', 1]]) }), 'is 1'],

  [
    'two with one place',
    holdersWithinSlots,
    also(asked('lock', { at: 42.5, client: 'p-x' })),
    'p-l, p-x are away',
  ],
  [
    'an agent and a lock',
    holdersWithinSlots,
    also(asked('lock', { at: 48, client: 'p-x' })),
    'p-a, p-x are away',
  ],
  ['one that never said that it was back', holdersWithinSlots, without('r44'), 'p-l, p-a are away'],
  [
    'a token for two hosts',
    tokensApart,
    otherGrant({ client: 'p-b' }),
    'given to p-a for plan_1, and to p-b',
  ],
  ['a token for two plans', tokensApart, otherGrant({ client: 'p-a' }, 'plan_9'), 'and to p-a for plan_9'],
  ['a plan that was started twice', startedOnce, withLine(line('plan.executing', 'plan_1')), 'twice'],
  ['a start of which nothing is told', startedOnce, withoutLine('plan.executing'), 'nothing tells so'],

  ['an old state after a newer one was answered', pinsLinearizable, reads(16, set(1, '0x1000')), 'is at 1'],
  ['an old state after a newer one was read', pinsLinearizable, rereads(), 'is at 2, after r20 had been'],
  ['pins that no generation had', pinsLinearizable, reads(16, set(2, '0x1000')), 'was shown as'],
  ['a generation that never was', pinsLinearizable, reads(20, set(7, '0x7000')), 'was shown as'],
  ['two writes in another order than they were answered', pinsLinearizable, swapped(), 'r14'],
  ['a write from before it was sent', pinsLinearizable, otherwise('r18', { began: 21.5 }), 'r18'],
  ['replicas that differ at the end', pinsEqual, pinsAtEnd('200 {}', '200 {"x":1}'), 'differ over'],

  ['an error of the service’s own', answersPossible, also(asked('lock', { at: 1, status: 500 })), '500'],
  [
    'an enrolled machine that is refused',
    answersPossible,
    also(asked('enrol', { at: 1, status: 409 })),
    '409',
  ],
  [
    'a host that is not known any more',
    answersPossible,
    also(asked('pin-read', { at: 1, status: 404 })),
    '404',
  ],
  [
    'one key, two answers',
    repeatsAgree,
    otherwise('r60', { answers: twoAnswers('{"id":"1"}', '{}') }),
    'two ways',
  ],
  ['a revoked key that is taken', revokedRefused, otherwise('r6000', { status: 200 }), 'after its end'],
  ['a good key that is refused', revokedRefused, otherwise('r32', { status: 401 }), 'before its end'],

  ['an event told twice', eventsWhole, telling([1, 2, 2, 4]), '2 was told after 2'],
  ['events told in another order', eventsWhole, telling([1, 4, 2, 5]), '2 was told after 4'],
  ['an event left out', eventsWhole, telling([1, 2, 5]), '4 (lease.release) was left out'],
  ['an event that is not there', eventsWhole, telling([1, 2, 3, 4]), '3 was told, and is not there'],
  ['an event told otherwise', eventsWhole, toldOtherwise(), '2 was told as lease.acquire of host_x'],
  [
    'an agent that waited to the end',
    pollsWoken,
    otherwise('r59', { status: 204, ended: 30_000 }),
    'ended without',
  ],
  ['audit and events in two orders', auditInOrder, holding({ events: held.events.toReversed() }), 'differs'],
  ['an event that the audit has not', auditInOrder, withoutLine('lease.release'), 'differs'],
])('%s is found out', (_why, check, history, says) => {
  expect(check(history).violations.join('\n')).toContain(says)
})

test.each<[why: string, check: Check, history: History]>([
  ['a write that nobody answered may be done later', pinsLinearizable, otherwise('r18', { ended: 19.5 })],
  ['two that overlap may be in any order', pinsLinearizable, overlapping()],
  ['an excuse is possible', answersPossible, also(asked('lock', { at: 1, status: 503 }))],
  ['the first request may still run', answersPossible, also(stillRunning())],
  ['one key, one answer', repeatsAgree, otherwise('r60', { answers: twoAnswers('{}', '{}') })],
  ['a key that is used as it is revoked', revokedRefused, otherwise('r6000', { began: 36, status: 200 })],
  ['a wait that was over soon after', pollsWoken, otherwise('r59', { status: 204, ended: 5000 })],
  ['numbers that a transaction that was undone had taken', eventsWhole, telling([1, 2, 4])],
])('%s: that is no violation', (_why, check, history) => {
  expect(check(history).violations).toEqual([])
})

function stillRunning() {
  return asked('key', { at: 1, status: 409, says: { code: 'request-in-flight' } })
}
function withLine(...lines: readonly ReturnType<typeof line>[]): History {
  return holding({ audit: [...held.audit, ...lines] })
}
function withoutLine(action: string): History {
  const at = held.audit.findIndex((a) => a.action === action)
  return holding({ audit: held.audit.filter((_, i) => i !== at) })
}
function withoutChange(generation: number): History {
  return holding({ pinChanges: held.pinChanges.filter((c) => c.generation !== generation) })
}
function stateless(): History {
  return holding({ plans: held.plans.map((plan) => ({ ...plan, state: null })) })
}
function unrevoked(): History {
  return holding({ keys: held.keys.map((key) => ({ ...key, revoked: false })) })
}
function generation(of: number): History {
  return holding({ hosts: held.hosts.map((host) => ({ ...host, generation: of })) })
}
function turnedRound(): History {
  const [one, two, three] = held.pinChanges
  return holding({ pinChanges: [two, one, three] as History['held']['pinChanges'] })
}
function strayPin(): History {
  return holding({ pins: [{ host: 'h', kind: 'initrd', mem: '0x9000', room: 4096 }] })
}
function without(id: string): History {
  return { ...SOUND, asked: SOUND.asked.filter((one) => one.id !== id) }
}
function otherGrant(by: { client: string }, plan = 'plan_1'): History {
  return also(asked('poll', { at: 80, ...by, says: { plan: { id: plan }, fence: 2 } }))
}
function reads(at: number, says: object): History {
  return otherwise(`r${at}`, { body: JSON.stringify(says) })
}
/** Somebody reads what was so before the last that was read; nobody was told of the write between. */
function rereads(): History {
  return also(asked('pin-read', { at: 21.5, says: set(2, '0x2000') }))
}
/** The first write is answered before the second is sent, and comes after it. */
function swapped(): History {
  const pinChanges = [change(1, { reason: 'm2' }), change(2, { reason: 'm1' }), ...held.pinChanges.slice(2)]
  return holding({ pinChanges })
}
function overlapping(): History {
  const late = also(asked('pin-read', { at: 12.5, ended: 40, says: set(1, '0x1000') }))
  return { ...late, asked: late.asked.map((one) => (one.id === 'r12' ? { ...one, ended: 13.5 } : one)) }
}
function pinsAtEnd(...texts: readonly string[]): History {
  return { ...SOUND, pinsByReplica: new Map([['h', texts]]) }
}
function telling(seqs: readonly number[]): History {
  const told = seqs.map((seq) => held.events.find((e) => e.seq === seq) ?? { seq, kind: 'x', host: null })
  return { ...SOUND, told }
}
function toldOtherwise(): History {
  return { ...SOUND, told: SOUND.told.map((t) => (t.seq === 2 ? { ...t, host: 'host_x' } : t)) }
}

function unlinked(at: number) {
  return held.chain.toSpliced(at, 1)
}

function retold(at: number) {
  return held.chain.map((entry, i) => (i === at ? { ...entry, target: 'other' } : entry))
}

function exchanged(at: number) {
  return held.chain.slice(at, at + 2).reverse()
}

function told(seq: number, hash: string): History {
  return also(asked('head', { at: 90, says: { seq, hash, at: '2030-01-01T00:00:02.000Z' } }))
}
