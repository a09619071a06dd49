import { only, type Checked, type History, type Told } from '../history.ts'

/** What the last event of a rollout in a host's timeline must be, by where the host stands in it. */
const LAST_OF: { readonly [state: string]: string } = {
  landed: 'rollout-land',
  'landed-elsewhere': 'rollout-land-elsewhere',
  'cold-booted': 'rollout-cold-boot',
  failed: 'rollout-fail',
  missing: 'rollout-lose',
  'rolled-back': 'rollout-roll-back',
  skipped: 'rollout-skip',
  cancelled: 'rollout-cancel',
}

/** Each host's timeline tells what was seen of it, in the order in which it happened, and ends where the host stands. */
export function timelinesAgree(history: History): Checked {
  const violations: string[] = []
  const jumps = only(history, 'jumped')
  for (const [host, told] of history.timelines) {
    const wrong = (what: string): void => void violations.push(`${host}: ${what}`)
    if (told.some((t, i) => i > 0 && t.at < (told[i - 1] as Told).at)) wrong('events out of order')
    for (const jump of jumps.filter((j) => j.host === host)) {
      const started = told.find((t) => t.kind === 'plan-executing' && t.plan === jump.plan)
      if (!started) wrong(`jumped with ${jump.plan}, of which nothing is told`)
      else if (started.at > jump.at) wrong(`jumped with ${jump.plan} at ${jump.at}, told at ${started.at}`)
    }
    for (const grant of told.filter((t) => t.kind === 'rollout-start'))
      if (!told.some((t) => t.kind === 'rollout-grant' && t.at <= grant.at)) wrong('started without a grant')
    for (const { state, rollout } of history.members.filter((m) => m.host === host)) {
      const last = told.findLast((t) => t.kind.startsWith('rollout-'))
      const want = LAST_OF[state]
      if (want !== undefined && last?.kind !== want)
        wrong(`is ${state} in ${rollout}, and was told ${last?.kind ?? 'nothing'} last`)
    }
  }
  return { looked: history.timelines.size, violations }
}
