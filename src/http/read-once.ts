import type { Rows } from '../store/open-store.ts'

/** The same rows; what the hosts of a group share is read once, for a question that is put to many of them. */
export function readOnce(rows: Rows): Rows {
  return {
    ...rows,
    groupPins: { ...rows.groupPins, of: once(rows.groupPins.of) },
    calibrations: { ...rows.calibrations, get: once(rows.calibrations.get) },
  }
}

function once<Key, Value extends PromiseLike<unknown>>(read: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<string, Value>()
  return (key) => {
    const name = JSON.stringify(key)
    const value = known.get(name) ?? read(key)
    known.set(name, value)
    return value
  }
}
