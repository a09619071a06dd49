import { timesInQuarantine } from './quarantine.ts'
import { only, type Checked, type History, type Member, type Seen } from '../history.ts'

type Booted = Extract<Seen, { what: 'booted' }>

/** A host that is up has this long to say so. Units: ms. */
const PATIENCE_MS = 10 * 60_000

/** What the service says became of each host is what its kernel did. */
export function trueOutcomes(history: History): Checked {
  const violations = history.members.flatMap((member) => {
    const wrong = wrongWith(history, member)
    return wrong === null ? [] : [`${member.host} is ${member.state}: ${wrong}`]
  })
  return { looked: history.members.length, violations }
}

function wrongWith(history: History, member: Member): string | null {
  const { host, plan, state } = member
  const own = history.seen.filter((s) => 'host' in s && s.host === host)
  const boots = own.filter((s): s is Booted => s.what === 'booted')
  const byPlan = boots.find((b) => b.plan === plan && plan !== null)
  const jumped = own.find((s) => s.what === 'jumped' && s.plan === plan && plan !== null)
  const handedOut = own.find((s) => s.what === 'handed-out' && s.plan === plan)
  const since = handedOut?.at ?? history.start
  const isLost = own.some((s) => s.what === 'lost')
  const last = boots.at(-1)
  if (member.mode !== 'kexec') return wrongByFirmware(history, member, { boots, byPlan, since })
  switch (state) {
    case 'rolled-back':
      // What it runs says that it is back, wherever in memory that lies.
      if (byPlan?.came === 'elsewhere' && wasSentBack(history, host, since)) return null
      return byPlan?.came === 'as-planned' || boots.some((b) => b.came === 'cold' && b.at >= since)
        ? null
        : `its plan ${came(byPlan)}`
    case 'landed':
      return byPlan?.came === 'as-planned' ? null : `its plan ${came(byPlan)}`
    case 'landed-elsewhere':
      return byPlan?.came === 'elsewhere' ? null : `its plan ${came(byPlan)}`
    case 'cold-booted':
      if (byPlan && byPlan.came !== 'cold' && !wentBefore(history, boots, byPlan))
        return `its plan ${came(byPlan)}`
      return boots.some((b) => b.came === 'cold' && b.at >= since) ? null : 'no such boot was seen'
    case 'failed':
      if (member.fallback !== null) {
        const isBack = byPlan?.came === 'as-planned' && !wentBefore(history, boots, byPlan)
        return isBack ? 'it is back where it was' : null
      }
      if (jumped && byPlan?.came !== 'cold') return `its kernel jumped, and ${came(byPlan)}`
      return null
    case 'missing':
      if (isLost) return null
      if (last && last.at >= since && last.at + PATIENCE_MS < history.last) return `it is up since ${last.at}`
      return jumped || last === undefined ? null : 'it never left'
    case 'skipped':
      return wasTakenOut(history, host) || wasKeptOut(history, member) ? null : 'nobody has taken it out'
    case 'cancelled':
      return only(history, 'commanded').some((c) => c.rollout === member.rollout && c.command === 'cancel')
        ? null
        : 'nobody has cancelled anything'
    default:
      // Whoever is still on its way has no outcome yet: see `ended.ts`.
      return null
  }
}

/** Through firmware a host is meant to boot cold, and elsewhere is where firmware has its own will. */
function wrongByFirmware(
  history: History,
  member: Member,
  { boots, byPlan, since }: { boots: readonly Booted[]; byPlan: Booted | undefined; since: number },
): string | null {
  const ownWill = boots.some((b) => b.came === 'cold' && b.at >= since)
  switch (member.state) {
    case 'cold-booted':
      return byPlan?.came === 'as-planned' ? null : `its plan ${came(byPlan)}`
    case 'rolled-back':
      return byPlan?.came === 'as-planned' || ownWill ? null : `its plan ${came(byPlan)}`
    case 'landed-elsewhere':
      return ownWill ? null : `its plan ${came(byPlan)}`
    case 'landed':
      return 'it went through firmware'
    default:
      return wrongWith(history, { ...member, mode: 'kexec' })
  }
}

/** A boot that was over before it could show itself leaves no evidence: the next one, by firmware, is what is seen. */
function wentBefore({ audit }: History, boots: readonly Booted[], boot: Booted): boolean {
  const judged = audit.find((a) => a.action === 'plan.cold-booted' && a.target === boot.plan)?.at ?? -Infinity
  return boots.some((b) => b.came === 'cold' && b.at > boot.at && b.at <= judged)
}

/** Whether the plan that was handed out then was the one for going back. */
function wasSentBack({ timelines }: History, host: string, since: number): boolean {
  return timelines.get(host)?.some((t) => t.kind === 'rollout-fall-back' && t.at <= since) ?? false
}

function came(boot: Booted | undefined): string {
  return boot ? `came up ${boot.came}` : 'never came up'
}

/** A rollout ends without whoever is in quarantine then. */
function wasKeptOut(history: History, { host, since }: Member): boolean {
  return timesInQuarantine(history).some((t) => t.host === host && t.from <= since && since < t.until)
}

function wasTakenOut(history: History, host: string): boolean {
  const isDeleted = only(history, 'deleted').some((d) => d.host === host)
  return isDeleted || only(history, 'commanded').some((c) => c.host === host && c.status < 300)
}
