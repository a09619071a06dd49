/**
 * The one text of a JSON value: names in the order of their UTF-16 code units, no space, numbers as JavaScript writes
 * them. Of a value that came from JSON; what JSON has no word for must not be in it.
 *
 * Source: RFC 8785, section 3.2.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, of]) => `${JSON.stringify(name)}:${canonicalJson(of)}`).join(',')}}`
}
