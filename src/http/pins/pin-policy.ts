import { DEFAULT_POLICY, GROWTH, type OnBroken, type PinPolicy } from '../../planner/index.ts'
import type { Host } from '../../store/hosts.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Policy } from '../../store/policies.ts'
import type { EffectivePolicy, PolicyRules } from '../../wire/policy.ts'

type AllRules = Required<PolicyRules>
type From = EffectivePolicy['on_broken']['from']

/** One rule as it holds for a host, and the scope that sets it. */
interface Ruled<R extends keyof AllRules> {
  readonly value: AllRules[R]
  readonly from: From
}

/** Every rule as it holds for a host. */
export type Effective = { readonly [R in keyof AllRules]: Ruled<R> }

const DEFAULTS: AllRules = {
  on_broken: DEFAULT_POLICY.onBroken,
  headroom: {},
  random: [],
  remember_boots: 16,
  keep_snapshots: { count: 64, days: 365 },
  snapshot_max_age_seconds: null,
}

interface Layer {
  readonly from: From
  readonly scope: string
}

/** What holds for a host: of each rule what the nearest scope says that says anything. */
export async function effectivePolicy(rows: Rows, host: Pick<Host, 'id' | 'group'>): Promise<Effective> {
  return effectiveOf(host, await rows.policies.of(layersOf(host).map((l) => l.scope)))
}

function layersOf({ id, group }: Pick<Host, 'id' | 'group'>): Layer[] {
  return [
    { from: 'host', scope: `host:${id}` },
    ...(group === null ? [] : [{ from: 'group' as const, scope: `group:${group}` }]),
    { from: 'fleet', scope: 'fleet' },
  ]
}

/** The same of rows: those of its scopes that there are. */
export function effectiveOf(host: Pick<Host, 'id' | 'group'>, rows: readonly Policy[]): Effective {
  const layers = layersOf(host)
  const set = new Map(rows.map((row) => [row.scope, JSON.parse(row.rules) as PolicyRules]))
  const nearest = <R extends keyof AllRules>(rule: R): Ruled<R> => {
    for (const { from, scope } of layers) {
      const value = set.get(scope)?.[rule]
      if (value !== undefined) return { value: value as AllRules[R], from }
    }
    return { value: DEFAULTS[rule], from: 'default' }
  }
  return {
    on_broken: nearest('on_broken'),
    headroom: nearest('headroom'),
    random: nearest('random'),
    remember_boots: nearest('remember_boots'),
    keep_snapshots: nearest('keep_snapshots'),
    snapshot_max_age_seconds: nearest('snapshot_max_age_seconds'),
  }
}

/** As the planner takes it; `onBroken` is what one request asks for, whatever the scopes say. */
export function plannerPolicy({ on_broken, headroom, random }: Effective, onBroken?: OnBroken): PinPolicy {
  return { onBroken: onBroken ?? on_broken.value, headroom: headroom.value, random: random.value }
}

/** As answered: headroom with that of the kinds that no scope names. */
export function presentEffective(host: string, effective: Effective): EffectivePolicy {
  const { headroom } = effective
  return { host, ...effective, headroom: { ...headroom, value: { ...GROWTH, ...headroom.value } } }
}
