/** How a state is to be taken. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'idle'

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
  ok: 'good',
  fits: 'good',
  has: 'good',
  moves: 'warn',
  'at-risk': 'warn',
  refuses: 'bad',
  'has-not': 'bad',
  error: 'bad',
}

export function toneOf(state: string): Tone {
  return TONES[state] ?? 'idle'
}
