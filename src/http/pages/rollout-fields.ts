import { WEEKDAYS } from '../../rollout/window.ts'

/** The form for a new rollout as it was sent: every field is text. */
export type RolloutFields = Readonly<Record<string, string>>

/** What a form says, or what is wrong in it, a sentence for each field. */
export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly wrong: string[] }

/**
 * Turns the fields of a form into what the API takes. Whether that makes sense the API says.
 *
 * Errors: what cannot be read at all, by field.
 */
export function readRolloutFields(fields: RolloutFields): Read<object> {
  const wrong: string[] = []
  const field = <T>(name: string, read: (text: string) => T | null): T | undefined => {
    const text = (fields[name] ?? '').trim()
    if (text === '') return undefined
    const value = read(text)
    if (value !== null) return value
    wrong.push(`${name.replaceAll('_', ' ')}: cannot read ${text}`)
    return undefined
  }
  const label = field('domain', same)
  if (label === undefined && field('per_domain', numberIn) !== undefined)
    wrong.push('per domain: say which label makes a domain')
  const spec = {
    name: field('name', same),
    selector: {
      group: field('group', same),
      arch: field('arch', same),
      hardware_model: field('hardware_model', same),
      labels: field('labels', labelsIn),
    },
    boot_entry: field('boot_entry', same),
    pool: field('pool', same),
    waves: field('waves', (text) => every(text.split(/[\s,]+/), shareIn)),
    max_unavailable: field('max_unavailable', shareIn),
    failure_domain: label && { label, per_domain: field('per_domain', numberIn) },
    soak_seconds: field('soak_minutes', (text) => times(numberIn(text), 60)),
    windows: field('windows', (text) => every(linesIn(text), windowIn)),
    halt: { failures: field('failures', shareIn), missing: field('missing', shareIn) },
    approvals: field('approvals', numberIn),
    on_failure: field('on_failure', same),
    ...field('more', objectIn),
  }
  return wrong.length > 0
    ? { ok: false, wrong }
    : { ok: true, value: JSON.parse(JSON.stringify(spec)) as object }
}

function same(text: string): string {
  return text
}

function numberIn(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null
}

function times(n: number | null, factor: number): number | null {
  return n === null ? null : n * factor
}

/** `5` hosts, or `10%` of them. */
function shareIn(text: string): { count: number } | { percent: number } | null {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? []
  if (digits === undefined) return null
  return percent === '%' ? { percent: Number(digits) } : { count: Number(digits) }
}

/** `rack=b12, zone=a` */
function labelsIn(text: string): Record<string, string> | null {
  const pairs = every(text.split(/[\s,]+/), (part) => {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(part) ?? []
    return name === undefined || value === undefined ? null : ([name, value] as const)
  })
  return pairs && Object.fromEntries(pairs)
}

/** `mon-fri 22:00 4h Europe/Berlin` */
function windowIn(line: string): object | null {
  const [, days = '', start, length = '', unit, zone] =
    /^([a-z,-]+)\s+(\d\d:\d\d)\s+(\d+)([hm])\s+(\S+)$/i.exec(line) ?? []
  const open = every(days.toLowerCase().split(','), daysIn)?.flat()
  if (!open || open.length === 0 || start === undefined) return null
  const duration_minutes = Number(length) * (unit?.toLowerCase() === 'h' ? 60 : 1)
  return { days: [...new Set(open)], start, duration_minutes, zone }
}

/** One day, or all from one to another, over the end of the week where they are so. */
function daysIn(text: string): string[] | null {
  const [from = '', to = from, ...more] = text.split('-')
  const [first, last] = [indexOfDay(from), indexOfDay(to)]
  if (more.length > 0 || first < 0 || last < 0) return null
  const count = ((last - first + WEEKDAYS.length) % WEEKDAYS.length) + 1
  return Array.from({ length: count }, (_, i) => WEEKDAYS[(first + i) % WEEKDAYS.length] ?? '')
}

function indexOfDay(name: string): number {
  return WEEKDAYS.findIndex((day) => day === name)
}

function linesIn(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function objectIn(text: string): object | null {
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? read : null
  } catch {
    return null
  }
}

function every<T>(parts: readonly string[], read: (part: string) => T | null): T[] | null {
  const values = parts.map(read)
  return values.includes(null) ? null : (values as T[])
}
