/** A number of hosts, or so many of a hundred. */
export type Share = { readonly count: number } | { readonly percent: number }

/** How many hosts an upper limit allows of `total`: a percentage rounds down, but one host may always go. */
export function mostOf(share: Share, total: number): number {
  if ('count' in share) return share.count
  return Math.max(1, Math.floor((share.percent * total) / 100))
}

/** How many hosts of `total` a wave takes: a percentage rounds up, so that no wave is empty. */
export function sizeOf(share: Share, total: number): number {
  if ('count' in share) return share.count
  return Math.max(1, Math.ceil((share.percent * total) / 100))
}

/** Whether `count` of `total` reaches a threshold. Nothing happened never does. */
export function reaches(count: number, share: Share, total: number): boolean {
  if (count === 0) return false
  return 'count' in share ? count >= share.count : count * 100 >= share.percent * total
}

export function shareText(share: Share): string {
  return 'count' in share ? `${share.count}` : `${share.percent} %`
}
