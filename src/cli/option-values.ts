import { InvalidArgumentError } from 'commander'

/** What options take. Errors: each throws what commander tells as a usage error. */
export function wholeNumber(text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A whole number is wanted.')
}

/** Not null for `none`: commander takes that for an option without a value. */
export function wholeNumberOrNone(text: string): number | 'none' {
  return text === 'none' ? text : wholeNumber(text)
}

export function positive(text: string): number {
  const n = wholeNumber(text)
  if (n > 0) return n
  throw new InvalidArgumentError('A whole number from 1 on is wanted.')
}

/** One of several, put to those that were given before. */
export function oneMore(name: string, before: readonly string[] = []): string[] {
  return [...before, name]
}

/** One `name=value`, put to those that were given before. */
export function label(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(text) ?? []
  if (name === '') throw new InvalidArgumentError('NAME=VALUE is wanted, as rack=b12.')
  return { ...before, [name]: value }
}

/** A time as the API has it. */
export function time(text: string): string {
  const at = new Date(text)
  if (!Number.isNaN(at.getTime())) return at.toISOString()
  throw new InvalidArgumentError(`A time is wanted, as 2026-06-01T06:00:00Z.`)
}
