/** How a state is to be taken: colour, and a sign for who sees no colour. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'idle'

const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', busy: '●', warn: '!', bad: '✗', idle: '○' }

/** States of hosts, plans, members, rollouts and gates; one that is not here is idle. */
const TONES: Readonly<Record<string, Tone>> = {
  active: 'good',
  landed: 'good',
  pass: 'good',
  go: 'good',
  done: 'good',
  holds: 'good',
  granted: 'busy',
  rebooting: 'busy',
  running: 'busy',
  assigned: 'busy',
  loaded: 'busy',
  executing: 'busy',
  waiting: 'idle',
  wait: 'warn',
  paused: 'warn',
  'cold-booted': 'warn',
  'landed-elsewhere': 'warn',
  'rolled-back': 'warn',
  quarantined: 'bad',
  halted: 'bad',
  failed: 'bad',
  missing: 'bad',
  refused: 'bad',
  fail: 'bad',
  stopped: 'bad',
  broken: 'bad',
}

export function toneOf(state: string): Tone {
  return TONES[state] ?? 'idle'
}

export function Badge({ state, tone = toneOf(state) }: { readonly state: string; readonly tone?: Tone }) {
  return (
    <span class={`badge ${tone}`}>
      <span aria-hidden="true">{SIGNS[tone]}</span> {state}
    </span>
  )
}
