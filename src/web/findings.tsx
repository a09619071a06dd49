import { Fragment } from 'preact'
import type { Finding } from '../wire/snapshot.ts'
import { Badge, type Tone } from './badge.tsx'

const TONES: Readonly<Record<Finding['severity'], Tone>> = { error: 'bad', warning: 'warn', info: 'idle' }
/** Ranges beyond these are told by number alone. */
const MOST_RANGES = 4

/** Where the sources of a snapshot disagree, the worst first. */
export function Findings({ items }: { readonly items: readonly Finding[] }) {
  if (items.length === 0) return <p class="muted">The sources of this snapshot agree.</p>
  const order = Object.keys(TONES)
  const worst = [...items].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
  return (
    <ul class="findings">
      {worst.map(({ code, severity, ranges, sentence }) => (
        <li key={`${code} ${sentence}`}>
          <Badge state={severity} tone={TONES[severity]} /> {sentence}{' '}
          {ranges.slice(0, MOST_RANGES).map(({ start, last }) => (
            <Fragment key={start}>
              <code class="nowrap">
                {start}-{last}
              </code>{' '}
            </Fragment>
          ))}
          {ranges.length > MOST_RANGES && (
            <span class="muted">and {ranges.length - MOST_RANGES} more ranges</span>
          )}
        </li>
      ))}
    </ul>
  )
}
