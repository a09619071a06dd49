import { Gauge, type Registry } from 'prom-client'
import { isLive } from '../../rollout/lease.ts'
import { stateOf } from '../../rollout/rollout.ts'
import { MEMBER_STATES, ROLLOUT_STATES } from '../../rollout/transitions.ts'
import type { Rows } from '../../store/open-store.ts'
import { HostState } from '../../wire/host.ts'
import { Purpose } from '../../wire/names.ts'
import { PinChange } from '../../wire/pin.ts'
import { PlanStateName } from '../../wire/plan.ts'
import { ArchName } from '../../wire/scalars.ts'
import { coreLease } from '../rollouts/lease-life.ts'
import { coreRollout } from '../rollouts/rollout-state.ts'

const OUTCOMES = ['landed', 'landed-elsewhere', 'cold-booted', 'failed', 'missing'] as const

type Tallies = Rows['tallies']

export interface Watching {
  readonly store: Pick<Rows, 'tallies' | 'rebootDurations' | 'audit'>
  readonly now: () => Date
}

type Labelled<Name extends string> = { readonly [N in Name]: string } & { readonly count: number }

/** What the database holds, counted whenever somebody scrapes. No label names a host. */
export function fleetMetrics(registry: Registry, { store, now }: Watching): void {
  /** Every known value of the labels is there from the start. */
  function tallied<Name extends string>(
    name: string,
    help: string,
    known: readonly { readonly [N in Name]: string }[],
    labelNames: readonly Name[],
    read: (tallies: Tallies) => Promise<readonly Labelled<Name>[]>,
  ): void {
    new Gauge<Name>({
      ...{ name, help, labelNames, registers: [registry] },
      async collect() {
        const found = await read(store.tallies)
        this.reset()
        for (const labels of known) this.set(labels, 0)
        for (const { count, ...labels } of found) this.set(labels as never, count)
      },
    })
  }

  function counted(name: string, help: string, read: (tallies: Tallies) => Promise<number>): void {
    new Gauge({
      ...{ name, help, registers: [registry] },
      async collect() {
        this.set(await read(store.tallies))
      },
    })
  }

  const states = HostState.options.flatMap((state) => ArchName.options.map((arch) => ({ state, arch })))
  tallied('berth_hosts', 'Hosts that are enrolled.', states, ['state', 'arch'], (t) => t.hosts())
  counted('berth_hosts_opted_out', 'Hosts that somebody wants left alone.', (t) => t.optedOut())
  counted('berth_hosts_load_refused', 'Hosts whose kernel would refuse a load.', (t) => t.refusing())
  tallied(
    'berth_hosts_outcome',
    'Hosts by what came of the newest of their plans that anything has come of.',
    OUTCOMES.map((outcome) => ({ outcome })),
    ['outcome'],
    async (t) => (await t.outcomes()).map(({ state: outcome, count }) => ({ outcome, count })),
  )
  tallied(
    'berth_plans',
    'Plans of the hosts that there are, by where they stand.',
    PlanStateName.options.map((state) => ({ state })),
    ['state'],
    (t) => t.plans(),
  )
  tallied(
    'berth_rollouts',
    'Rollouts by where they stand.',
    ROLLOUT_STATES.map((state) => ({ state })),
    ['state'],
    (t) => rolloutStates(t),
  )
  tallied(
    'berth_rollout_hosts',
    'Hosts of the rollouts that are under way, by where they stand in them.',
    MEMBER_STATES.map((state) => ({ state })),
    ['state'],
    (t) => t.members(),
  )
  const pools = async (tallies: Tallies) =>
    (await tallies.pools()).map((pool) => {
      const live = pool.leases.filter((row) => isLive(coreLease(row), pool, now().getTime()))
      return { pool: pool.name, slots: pool.slots, held: live.length }
    })
  tallied('berth_lease_slots', 'How many hosts of a pool may be away at once.', [], ['pool'], async (t) =>
    (await pools(t)).map(({ pool, slots: count }) => ({ pool, count })),
  )
  tallied('berth_leases_held', 'How many hosts of a pool are away, or may be.', [], ['pool'], async (t) =>
    (await pools(t)).map(({ pool, held: count }) => ({ pool, count })),
  )
  tallied(
    'berth_pins',
    'Segments that are pinned to an address.',
    Purpose.options.map((purpose) => ({ purpose })),
    ['purpose'],
    (t) => t.pins(),
  )
  tallied(
    'berth_pin_changes',
    'What has become of pins of the hosts that there are: moved ones were broken.',
    PinChange.shape.change.options.map((change) => ({ change })),
    ['change'],
    (t) => t.pinChanges(),
  )
  counted('berth_audit_entries', 'Number of the newest entry of the audit; it never goes back.', async () => {
    const newest = await store.audit.last()
    return newest?.seq ?? 0
  })
  counted('berth_snapshots', 'Snapshots that are stored.', (t) => t.snapshots())
}

/** Where those stand that are under way, their brakes and pauses tell. */
async function rolloutStates(tallies: Tallies): Promise<Labelled<'state'>[]> {
  const ended = (await tallies.rollouts()).map(({ phase: state, count }) => ({ state, count }))
  const started = (await tallies.startedRollouts()).map((row) => stateOf(coreRollout(row)))
  const states = [...new Set(started)]
  return [...ended, ...states.map((state) => ({ state, count: started.filter((s) => s === state).length }))]
}
