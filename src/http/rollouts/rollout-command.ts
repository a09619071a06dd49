import {
  acknowledge,
  approve,
  cancel,
  halt,
  pause,
  resume,
  submit,
  type Commanded,
} from '../../rollout/commands.ts'
import { skipped, type ReportRefusal } from '../../rollout/report.ts'
import type { Result } from '../../rollout/result.ts'
import { stateOf, type RolloutState } from '../../rollout/rollout.ts'
import { sweep } from '../../rollout/sweep.ts'
import { applied, type Change } from '../../rollout/change.ts'
import type { CommandName } from '../../wire/rollout.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { allowedOf } from './present-rollout.ts'
import { readRollout } from './rollout-state.ts'
import { writeChanges } from './write-rollout.ts'
import type { Writing } from '../write.ts'

type Command = (state: RolloutState, by: { by: string; because: string }, now: number) => Commanded

const COMMAND: { readonly [name in CommandName]: Command } = {
  submit: (state, _by, now) => submit(state, now),
  approve: (state, { by }, now) => approve(state, by, now),
  pause: (state, { by }, now) => pause(state, by, now),
  resume: (state, { by }, now) => resume(state, by, now),
  halt,
  acknowledge,
  cancel,
}

/**
 * Gives a rollout a command, with a reason; what is due by time comes first.
 *
 * Errors: `wrong-rollout-state` with where it stands and what is allowed, `own-approval`, `approved-already`.
 */
export async function command(
  writing: Writing,
  rolloutId: string,
  { name, reason }: { readonly name: CommandName; readonly reason: string },
): Promise<void> {
  // First, so that it stands before what it brings about.
  await writing.audit(`rollout.command.${name}`, rolloutId, { reason })
  await told(writing, rolloutId, (state, now) =>
    COMMAND[name](state, { by: writing.actor, because: reason }, now),
  )
}

/** Takes one host out of a rollout. Errors: `not-found` for no member, `wrong-rollout-state` for one that has jumped. */
export async function skipHost(
  writing: Writing,
  rolloutId: string,
  { host, reason }: { readonly host: string; readonly reason: string },
): Promise<void> {
  const because = `skipped by ${writing.actor}: ${reason}`
  await told(writing, rolloutId, (state, now) => skipped(state, host, because, now))
  await writing.audit('rollout.command.skip-host', rolloutId, { host, reason })
}

async function told(
  writing: Writing,
  rolloutId: string,
  work: (state: RolloutState, now: number) => Result<readonly Change[], ReportRefusal> | Commanded,
): Promise<void> {
  const state = await readRollout(writing.rows, rolloutId, writing.at)
  if (!state) throw notFound('rollout')
  const now = writing.at.getTime()
  const done = work(state, now)
  if (!done.ok) throw refusalOf(applied(state, sweep(state, now)), done.error)
  const due = sweep(applied(state, done.value), now)
  await writeChanges(writing, state, [...done.value, ...due])
}

type Refused = Extract<
  ReturnType<typeof approve> | ReturnType<typeof skipped>,
  { readonly ok: false }
>['error']

function refusalOf(state: RolloutState, error: Refused): RequestFailed {
  switch (error.code) {
    case 'own-approval':
      return new RequestFailed({ code: error.code, detail: 'who wrote a rollout does not approve it' })
    case 'approved-already':
      return new RequestFailed({ code: error.code, detail: `${error.by} has approved it already` })
    case 'not-a-member':
      return notFound('host in this rollout')
    case 'stale-fence':
      throw new Error('no command names a grant')
    case 'illegal-transition': {
      const isRollouts = error.from === stateOf(state.rollout)
      const what = isRollouts ? 'the rollout' : 'the host'
      const allowed = isRollouts ? allowedOf(state.rollout) : []
      const detail = `${error.event} does not follow: ${what} is ${error.from}`
      return new RequestFailed({ code: 'wrong-rollout-state', detail, state: error.from, allowed })
    }
  }
}
