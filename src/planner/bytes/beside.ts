/**
 * Keeps for each object what was worked out of it, for as long as the object is there: of what never changes nothing
 * need be worked out twice. The first time there is an empty record, for the caller to fill.
 */
export function keptBeside<Of extends object, Kept extends object>(): (of: Of) => Partial<Kept> {
  const records = new WeakMap<Of, Partial<Kept>>()
  return (of) => {
    const before = records.get(of)
    if (before) return before
    const record: Partial<Kept> = {}
    records.set(of, record)
    return record
  }
}
