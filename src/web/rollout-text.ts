import type { NewRollout } from '../wire/rollout-spec.ts'

type Share = NewRollout['max_unavailable']
type Window = NewRollout['windows'][number]

/** As the form takes it. */
export function shareText(share: Share): string {
  return 'count' in share ? String(share.count) : `${share.percent}%`
}

/** As the form takes it: days, opening, how long, zone. */
export function windowText({ days, start, duration_minutes, zone }: Window): string {
  const hours = duration_minutes % 60 === 0 ? `${duration_minutes / 60}h` : `${duration_minutes}m`
  return `${days.join(',')} ${start} ${hours} ${zone}`
}
