import type { Event } from '../../store/events.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Webhook } from '../../store/webhooks.ts'

export type Wants = (event: Event) => Promise<boolean>

/** Which events a webhook is sent. A host's group is asked for once. */
export function wantsOf(hook: Webhook, { hosts }: Pick<Rows, 'hosts'>): Wants {
  const kinds = hook.kinds === null ? null : (JSON.parse(hook.kinds) as readonly string[])
  const groups = new Map<string, string | null>()

  async function groupOf(hostId: string): Promise<string | null> {
    const known = groups.get(hostId)
    if (known !== undefined) return known
    const group = (await hosts.get(hostId))?.group ?? null
    groups.set(hostId, group)
    return group
  }

  return async ({ kind, rolloutId, hostId, target }) => {
    // Who misses something must know, whatever it was.
    if (kind === 'gap') return true
    if (kinds && !kinds.some((one) => isOf(kind, one))) return false
    if (hook.rolloutId !== null && rolloutId !== hook.rolloutId) return false
    if (hook.group === null || target === `group:${hook.group}`) return true
    return hostId !== null && (await groupOf(hostId)) === hook.group
  }
}

function isOf(kind: string, asked: string): boolean {
  return asked.endsWith('*') ? kind.startsWith(asked.slice(0, -1)) : kind === asked
}
