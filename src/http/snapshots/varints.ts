/** Numbers as bytes, seven bits each, the lowest first. `values`: whole and not negative, below 2^53. */
export function varints(values: readonly number[]): Uint8Array {
  const bytes: number[] = []
  for (let value of values) {
    for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) + 0x80)
    bytes.push(value)
  }
  return Uint8Array.from(bytes)
}

export function* readVarints(bytes: Uint8Array): Generator<number, undefined> {
  let [value, unit] = [0, 1]
  for (const byte of bytes) {
    value += (byte % 0x80) * unit
    unit *= 0x80
    if (byte >= 0x80) continue
    yield value
    ;[value, unit] = [0, 1]
  }
}
