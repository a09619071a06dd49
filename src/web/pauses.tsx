import type { Pause } from '../wire/pause.ts'
import { Act, Sent } from './act.tsx'
import { Moment } from './moment.tsx'

/** The contract's types know nothing of the form of a scope. */
export type ShownPause = Omit<Pause, 'scope'> & { readonly scope: string }

interface Paused {
  readonly pauses: readonly ShownPause[]
  /** Null for who may not change them. */
  readonly csrf: string | null
}

/** What is left alone whatever any rollout says, and how to change that. */
export function Pauses({ pauses, csrf }: Paused) {
  const isFleetPaused = pauses.some(({ scope }) => scope === 'fleet')
  return (
    <>
      {pauses.map(({ scope, since, until, reason, set_by }) => (
        <div key={scope} class="notice warn" role="status">
          <strong>{scope === 'fleet' ? 'The whole fleet' : `Group ${scope.slice('group:'.length)}`}</strong>{' '}
          is paused since <Moment at={since} />
          {until !== null && (
            <>
              {' until '}
              <Moment at={until} />
            </>
          )}
          : {reason} <small>{set_by}</small>
          {csrf !== null && (
            <Act action="/pauses/end" csrf={csrf} does="End this pause" tone="quiet" reason>
              <Sent name="scope" value={scope} />
            </Act>
          )}
        </div>
      ))}
      {csrf !== null && (
        <details class="actions">
          <summary>Pause {isFleetPaused ? 'a group' : 'the fleet, or a group'}</summary>
          {!isFleetPaused && (
            <Act action="/pauses" csrf={csrf} does="Pause the whole fleet" tone="stop" reason>
              <Sent name="scope" value="fleet" />
            </Act>
          )}
          <Act action="/pauses" csrf={csrf} does="Pause this group" tone="stop" reason>
            <label>
              Group
              <input name="group" required />
            </label>
          </Act>
        </details>
      )}
    </>
  )
}
