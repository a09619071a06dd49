import { bodyOf, isGood, isOf, type Asked, type Check, type Held } from '../history.ts'

/** Every write that was acknowledged is there, once, as it was acknowledged. */
export const nothingLost: Check = ({ asked, held }) => {
  const good = asked.filter((one) => isGood(one) && whereIs[one.what] !== undefined)
  const violations = good.flatMap((one) => {
    const found = whereIs[one.what]?.(one, held) ?? 0
    return found === 1
      ? []
      : [`${one.what} of ${one.about} (${one.id}) was acknowledged, and is there ${found} times`]
  })
  return { looked: good.length, violations }
}

type Found = (one: Asked, held: Held) => number

const count = (rows: readonly unknown[]): number => rows.length

/** How often what was acknowledged is there, just as it was. */
const whereIs: { readonly [what: string]: Found } = {
  enrol: (one, { hosts }) => {
    const { host } = bodyOf<{ host: string }>(one)
    return count(hosts.filter((h) => h.id === host && h.machine === one.mark))
  },
  snapshot: (one, { snapshots, plans }) => {
    const { id, plan } = bodyOf<{ id: string; plan?: { id: string } }>(one)
    const own = count(snapshots.filter((s) => s.id === id && s.host === one.about && s.boot === one.mark))
    return plan === undefined ? own : Math.min(own, planned(plans, plan.id, one.about))
  },
  plan: (one, { plans }) => planned(plans, bodyOf<{ id: string }>(one).id, one.about),
  key: (one, { keys }) => {
    const { id } = bodyOf<{ id: string }>(one)
    return count(keys.filter((k) => k.id === id && k.name === one.mark))
  },
  'key-revoke': (one, { keys }) => count(keys.filter((k) => k.id === one.about && k.revoked)),
  'pin-set': (one, { pinChanges }) => {
    const { generation } = bodyOf<{ generation: number }>(one)
    const own = pinChanges.filter((c) => isOf(c, one))
    return own.every((c) => c.generation === generation && c.mem !== null) ? own.length : 0
  },
  'pin-forget': (one, { pinChanges }) => count(pinChanges.filter((c) => isOf(c, one) && c.mem === null)),
  rollout: (one, { rollouts }) => {
    const { id } = bodyOf<{ id: string }>(one)
    return count(rollouts.filter((r) => r.id === id))
  },
  report: (one, { audit }) =>
    // Who was answered again had said it before.
    Math.min(1, count(audit.filter((a) => a.target === one.about && a.action === `plan.${one.mark}`))),
}

function planned(plans: Held['plans'], id: string, host: string): number {
  return count(plans.filter((p) => p.id === id && p.host === host && p.state !== null))
}
