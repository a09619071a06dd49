import { sha256 } from '../../agent/index.ts'
import type { History } from './history.ts'

/** Of everything that was seen. Ids and what holds them are drawn by the service; everything else must be the same. */
export function digestOf({ seen, members, names: known }: History): string {
  const names = new Map<string, string>(known)
  const nameOf = (id: string): string => {
    const name = names.get(id) ?? `${id.split('_')[0]}-${names.size}`
    names.set(id, name)
    return name
  }
  const text = JSON.stringify([seen, members]).replace(/\b(host|plan|roll)_[0-9a-z]{26}\b/g, nameOf)
  return sha256(text)
}
