import type { TimelineEvent } from '../wire/host.ts'
import type { Plan, PlanState } from '../wire/plan.ts'
import { Moment } from './moment.tsx'

interface Climb {
  readonly plan: Plan
  readonly state: PlanState
  /** Oldest first. */
  readonly events: readonly TimelineEvent[]
}

const KEXEC = ['planned', 'assigned', 'loaded', 'executing', 'landed']
const FIRMWARE = ['planned', 'assigned', 'executing', 'cold-booted']

/** The steps that a plan has taken, and those that are before it where it is on its way. */
export function Ladder({ plan, state, events }: Climb) {
  const way = plan.body.strategy === 'firmware' ? FIRMWARE : KEXEC
  const taken = events.flatMap(({ kind, at, detail }) => {
    const [, name] = /^plan-(.+)$/.exec(kind) ?? []
    return name === undefined ? [] : [{ name, at, detail }]
  })
  // Of old plans the timeline that a page reads says nothing any more.
  const known = taken.some(({ name }) => name === state.state)
  const steps = known ? taken : [...taken, { name: state.state, at: state.since, detail: state.detail }]
  const at = way.indexOf(state.state)
  const ahead = at < 0 ? [] : way.slice(at + 1)
  return (
    <ol class="ladder">
      {steps.map(({ name, at: when, detail }, i) => (
        <li key={`${name} ${when}`} class="taken" aria-current={i === steps.length - 1 ? 'step' : undefined}>
          <b>{name}</b>
          <Moment at={when} />
          <small>{detail}</small>
        </li>
      ))}
      {ahead.map((name) => (
        <li key={name}>
          <b>{name}</b>
          <small>not yet</small>
        </li>
      ))}
    </ol>
  )
}
