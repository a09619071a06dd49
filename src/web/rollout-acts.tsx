import type { CommandName, Rollout } from '../wire/rollout.ts'
import { Act } from './act.tsx'

/** What stands on the buttons. */
const WORDS: Readonly<Record<CommandName, string>> = {
  submit: 'Hand it in',
  approve: 'Approve',
  pause: 'Pause',
  resume: 'Resume',
  halt: 'Put the brake on',
  acknowledge: 'Let the brake go',
  cancel: 'Cancel it for good',
}

/** What is looked for in a hurry comes first, and large; where the brake is on, letting it go. */
const FIRST: readonly CommandName[] = ['pause', 'resume', 'submit', 'approve']
const STOPS: readonly CommandName[] = ['pause', 'halt', 'cancel']

/** Everything that may be told to a rollout now; each with a reason. */
export function RolloutActs({ rollout, csrf }: { readonly rollout: Rollout; readonly csrf: string }) {
  const allowed = (Object.keys(WORDS) as CommandName[]).filter((name) => rollout.allowed.includes(name))
  const order = rollout.halt ? (['acknowledge', ...FIRST] as const) : FIRST
  const first = order.find((name) => allowed.includes(name))
  const rest = allowed.filter((name) => name !== first)
  const act = (name: CommandName) => ({
    action: `/rollouts/${rollout.id}/${name}`,
    ...{ csrf, does: WORDS[name], reason: true },
  })
  return (
    <>
      {first && <Act {...act(first)} large tone={STOPS.includes(first) ? 'stop' : undefined} />}
      {rest.length > 0 && (
        <details class="actions">
          <summary>{rest.map((name) => WORDS[name]).join(', ')}</summary>
          {rest.map((name) => (
            <Act key={name} {...act(name)} tone={STOPS.includes(name) ? 'stop' : 'quiet'} />
          ))}
        </details>
      )}
    </>
  )
}
