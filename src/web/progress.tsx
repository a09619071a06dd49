import type { Rollout } from '../wire/rollout.ts'
import { toneOf, type Tone } from './badge.tsx'

const ORDER: readonly Tone[] = ['good', 'warn', 'bad', 'busy', 'idle']

/** How far hosts have come, as a bar; its words say the same. */
export function Progress({ counts, hosts }: Pick<Rollout, 'counts' | 'hosts'>) {
  const states = Object.entries(counts).map(([state, n]) => ({ state, n, tone: toneOf(state) }))
  let x = 0
  const parts = ORDER.map((tone) => {
    const n = states.filter((one) => one.tone === tone).reduce((sum, one) => sum + one.n, 0)
    const part = { tone, x, width: hosts === 0 ? 0 : (100 * n) / hosts }
    x += part.width
    return part
  })
  const words = states.map(({ state, n }) => `${n} ${state}`).join(', ')
  return (
    <div class="progress">
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={words}>
        {parts
          .filter(({ width }) => width > 0)
          .map(({ tone, x: at, width }) => (
            <rect key={tone} class={tone} x={at} y="0" width={width} height="8" />
          ))}
      </svg>
      <small aria-hidden="true">{words}</small>
    </div>
  )
}
