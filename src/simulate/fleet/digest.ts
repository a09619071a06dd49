import { sha256 } from '../../agent/index.ts'
import type { History, Seen } from './history.ts'

/**
 * Of everything that was seen. Ids and what holds them are drawn by the service; everything else must be the same, but for who
 * of several that are woken at one moment comes first: that is up to their connections.
 */
export function digestOf({ seen, members, names: known }: History): string {
  const names = new Map<string, string>(known)
  const nameOf = (id: string): string => {
    const name = names.get(id) ?? `${id.split('_')[0]}-${names.size}`
    names.set(id, name)
    return name
  }
  const inOrder = [...seen].sort((a, b) => a.at - b.at || hostOf(a).localeCompare(hostOf(b)))
  const text = JSON.stringify([inOrder, members]).replace(/\b(host|plan|roll)_[0-9a-z]{26}\b/g, nameOf)
  return sha256(text)
}

function hostOf(seen: Seen): string {
  return ('host' in seen && seen.host) || ''
}
