import { applied, type Change, type MemberChange, type RolloutChange } from '../../rollout/change.ts'
import { memberOf, stateOf, type Member, type RolloutState } from '../../rollout/rollout.ts'
import { newId } from '../../store/new-id.ts'
import { writeLeases } from './lease-life.ts'
import { step } from '../plans/plan-step.ts'
import { memberProgress, rolloutProgress } from './rollout-state.ts'
import type { Writing } from '../write.ts'

/** What goes by the clock alone is nobody's doing. */
const BY_ITSELF = 'berth'

/**
 * Writes the changes of one decision: rows, timelines, audit.
 *
 * A plan whose grant was taken back before it was loaded is no longer to be applied, nor one that was lost before it was
 * executed and whose host is up.
 */
export async function writeChanges(
  writing: Writing,
  before: RolloutState,
  changes: readonly Change[],
): Promise<RolloutState> {
  if (changes.length === 0) return before
  const { rows } = writing
  const after = applied(before, changes)
  const { id } = before.rollout
  if (after.rollout !== before.rollout) await rows.rollouts.progress(id, rolloutProgress(after.rollout))
  await writeMembers(writing, { before, after }, changes)
  await writeLeases(
    writing,
    changes.filter((c) => c.of === 'lease'),
  )
  await tell(writing, before, changes)
  for (const change of changes) if (change.of === 'member') await tellPlan(writing, before, change)
  if (changes.every((c) => c.of === 'heard')) return after
  await rows.rollouts.touch(id)
  return after
}

function isOfHost(change: Change): change is Extract<Change, { readonly row: Member }> {
  return change.of === 'member' || change.of === 'heard'
}

/** Audit and timelines, in the order in which it came about; what lies between two changes of the rollout at once. */
async function tell(writing: Writing, before: RolloutState, changes: readonly Change[]): Promise<void> {
  let moved: MemberChange[] = []
  for (const change of changes) {
    if (change.of === 'member') moved.push(change)
    if (change.of !== 'rollout') continue
    await tellTimelines(writing, before, moved)
    moved = []
    await tellAudit(writing, change)
  }
  await tellTimelines(writing, before, moved)
}

async function tellAudit({ audit }: Writing, { event, row, because }: RolloutChange): Promise<void> {
  const byItself =
    event === 'advance' || event === 'finish' || (event === 'halt' && row.halt?.cause !== 'operator')
  await audit(`rollout.${event}`, row.id, { because, state: stateOf(row) }, byItself ? BY_ITSELF : undefined)
}

/** A host's own timeline goes with it: of its end there is nothing in it. */
async function tellTimelines(
  { rows, at }: Writing,
  before: RolloutState,
  moved: readonly MemberChange[],
): Promise<void> {
  const events = moved
    .filter(({ event }) => event !== 'delete')
    .map(({ event, row, because }) => ({
      ...{ id: newId('ev', at), hostId: row.host, at, kind: `rollout-${event}`, snapshot: null },
      detail: `${because} (${before.rollout.id})`,
      plan: row.plan ?? memberOf(before, row.host)?.plan ?? null,
      rolloutId: before.rollout.id,
    }))
  await rows.timeline.appendAll(events)
}

async function tellPlan(
  writing: Writing,
  before: RolloutState,
  { event, row, because }: MemberChange,
): Promise<void> {
  const was = memberOf(before, row.host)?.plan ?? null
  const plan = was === null || event === 'delete' ? null : await writing.rows.planStates.get(was)
  if (!plan) return
  // Through firmware a host goes with a plan that was never loaded.
  const isUnused = plan.state === 'assigned' && row.state !== 'granted' && event !== 'start'
  const isBack = plan.state === 'missing' && (event === 'return' || event === 'fall-back')
  if (event === 'lose' && (plan.state === 'loaded' || plan.state === 'executing'))
    await step(writing, plan, { state: 'missing', detail: because })
  else if (isUnused || isBack)
    await step(writing, plan, { state: 'expired', detail: `its grant ended: ${because}` })
}

/** Writes what has changed in hosts' rows; where that is the same for many, in one statement. */
async function writeMembers(
  { rows }: Writing,
  { before, after }: { readonly before: RolloutState; readonly after: RolloutState },
  changes: readonly Change[],
): Promise<void> {
  const touched = new Set(changes.flatMap((c) => (isOfHost(c) ? c.row.host : [])))
  const touchedBefore = before.members.filter((m) => touched.has(m.host))
  const was = new Map(touchedBefore.map((m) => [m.host, memberProgress(m)]))
  const same = new Map<string, { change: object; hostIds: string[] }>()
  for (const member of after.members.filter((m) => touched.has(m.host))) {
    const change = differing(was.get(member.host) ?? {}, memberProgress(member))
    const key = JSON.stringify(change)
    const group = same.get(key) ?? { change, hostIds: [] }
    group.hostIds.push(member.host)
    same.set(key, group)
  }
  for (const { change, hostIds } of same.values()) {
    if (Object.keys(change).length > 0)
      await rows.rolloutMembers.progress({ rolloutId: before.rollout.id, hostIds }, change)
  }
}

function differing(was: object, is: object): object {
  const old = new Map<string, unknown>(Object.entries(was))
  return Object.fromEntries(
    Object.entries(is).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(old.get(name))),
  )
}
