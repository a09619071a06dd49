import { bodyOf, isGood, isOf, only, type Asked, type Check, type HeldPinChange } from '../history.ts'

interface Set {
  readonly generation: number
  readonly items: readonly { readonly kind: string; readonly mem: string; readonly room: number }[]
}

/**
 * A host's pins are one register, whichever replica is asked.
 *
 * The history in the database gives the writes an order, by generation. Then the register is linearizable when
 * every answer shows the state after some write of that order, and no request that began after another had been answered
 * shows, or makes, an earlier one. A write that nobody answered may have taken effect at any time after it was sent, or never;
 * where it did, what had been answered before it was sent comes before it.
 */
export const pinsLinearizable: Check = (history) => {
  const { held } = history
  const violations: string[] = []
  const touched = only(history, 'pin-read', 'pin-set', 'pin-forget', 'plan')
  let looked = 0
  for (const { id: host } of held.hosts) {
    const own = touched.filter((one) => one.about === host)
    if (own.length === 0) continue
    const states = statesOf(held.pinChanges.filter((c) => c.host === host))
    const placed = own.flatMap((one) => {
      const at = placeOf(one, held.pinChanges)
      return at === null ? [] : [{ one, at }]
    })
    looked += placed.length
    for (const { one, at } of placed) violations.push(...shown(one, at, states))
    violations.push(...outOfOrder(placed))
  }
  return { looked, violations }
}

/** As each generation left it, as text. */
function statesOf(changes: readonly HeldPinChange[]): readonly string[] {
  const now = new Map<string, string>()
  const states = [stateText(now)]
  for (const { generation, kind, mem, room } of changes) {
    if (mem === null) now.delete(kind)
    else now.set(kind, `${mem} ${room}`)
    states[generation] = stateText(now)
  }
  return states
}

function stateText(pins: ReadonlyMap<string, string>): string {
  return [...pins]
    .map(([kind, at]) => `${kind} ${at}`)
    .sort()
    .join(', ')
}

interface Place {
  readonly generation: number
  /** Whether it made that state; else it has seen it, or something later. */
  readonly isWrite: boolean
}

/** Which state a request has seen or made; null where nothing is known of that. */
function placeOf(one: Asked, changes: readonly HeldPinChange[]): Place | null {
  if (one.what === 'pin-read')
    return isGood(one) ? { generation: bodyOf<Set>(one).generation, isWrite: false } : null
  const plan = one.what === 'plan' ? (isGood(one) ? bodyOf<{ id: string }>(one).id : '') : null
  const made = changes.find((c) => (plan === null ? isOf(c, one) : c.by === plan))
  return made ? { generation: made.generation, isWrite: true } : null
}

function shown(one: Asked, { generation }: Place, states: readonly string[]): string[] {
  if (!isGood(one) || (one.what !== 'pin-read' && one.what !== 'pin-set')) return []
  const set = bodyOf<Set>(one)
  const found = stateText(new Map(set.items.map(({ kind, mem, room }) => [kind, `${mem} ${room}`])))
  if (set.generation === generation && states[generation] === found) return []
  return [`${one.id}: generation ${set.generation} of ${one.about} was shown as [${found}]`]
}

/** By the time at which each was answered; what was never answered precedes nothing. */
function outOfOrder(placed: readonly { readonly one: Asked; readonly at: Place }[]): string[] {
  const ended = placed.filter(({ one }) => isGood(one)).sort((a, b) => a.one.ended - b.one.ended)
  const began = [...placed].sort((a, b) => a.one.began - b.one.began)
  const violations: string[] = []
  let newest = { generation: 0, by: 'nobody' }
  let next = 0
  for (const { one, at } of began) {
    for (; next < ended.length && (ended[next]?.one.ended ?? Infinity) < one.began; next++) {
      const { at: before, one: by } = ended[next] as (typeof ended)[number]
      if (before.generation > newest.generation) newest = { generation: before.generation, by: by.id }
    }
    const isLate = at.isWrite ? at.generation <= newest.generation : at.generation < newest.generation
    if (isLate)
      violations.push(
        `${one.id} (${one.what} of ${one.about}) is at ${at.generation}, after ${newest.by} had been answered at ${newest.generation}`,
      )
  }
  return violations
}

/** Whichever replica is asked at the end, it says the same. */
export const pinsEqual: Check = ({ pinsByReplica }) => ({
  looked: pinsByReplica.size,
  violations: [...pinsByReplica].flatMap(([host, texts]) =>
    new Set(texts).size === 1 ? [] : [`replicas differ over the pins of ${host}`],
  ),
})
