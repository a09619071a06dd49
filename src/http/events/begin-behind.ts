import type { Rows } from '../../store/open-store.ts'

/**
 * Where to go on for whoever has seen events up to one; `lostBefore` is the first that is still kept, where some
 * that he has not seen are not.
 *
 * A number that nothing has had yet comes from another database: what is here is new to whoever has it.
 */
export async function beginBehind(
  rows: Rows,
  asked: number,
): Promise<{ after: number; lostBefore: number | null }> {
  const kept = await rows.events.kept()
  if (kept === null) return { after: 0, lostBefore: null }
  if (asked > kept.last) return { after: kept.last, lostBefore: kept.last + 1 }
  const isWhole = asked >= kept.first - 1 || asked === 0
  return isWhole ? { after: asked, lostBefore: null } : { after: kept.first - 1, lostBefore: kept.first }
}
