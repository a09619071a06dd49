import fc from 'fast-check'
import type { Random } from '../../fuzz/random.ts'
import { document } from '../../http/api.ts'
import type { Tree } from './json-text.ts'

/** What of JSON Schema the contract uses. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly propertyNames?: Schema
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly multipleOf?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
  readonly examples?: readonly unknown[]
}

/** Words of which some resolve to what is there, by the pattern that they fit. */
export type Known = readonly string[]

const { schemas } = (document as unknown as { components: { schemas: Record<string, Schema> } }).components

/** Near the service's clock, before and behind it, and at the borders of what a date can be. */
const INSTANTS = [
  '2030-01-01T00:00:00.000Z',
  '2029-12-31T23:59:59.999Z',
  '2030-01-01T00:10:00.000Z',
  '2030-06-01T12:00:00.000Z',
  '0001-01-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
]
const WORDS = ['x', 'web', 'node-1', 'a b', '0', 'é', 'مرحبا', '😀', 'Linux', 'smoke', 'default']
const PATTERN_SAMPLES = 24

export function resolved(schema: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1)
  return name === undefined ? schema : resolved(schemas[name] ?? {})
}

/** A value that the schema allows, or nearly so: optional fields as chance has it, numbers at their borders. */
export function sample(given: Schema, known: Known, random: Random, depth = 0): Tree {
  const schema = resolved(given)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return sample(random.pick(choices), known, random, depth + 1)
  if (schema.const !== undefined) return schema.const as Tree
  if (schema.enum) return random.pick(schema.enum) as Tree
  if (schema.allOf) return { fields: schema.allOf.flatMap((part) => fieldsOf(part, known, random, depth)) }
  switch (typeOf(schema, random)) {
    case 'object':
      return { fields: fieldsOf(schema, known, random, depth) }
    case 'array':
      return listOf(schema, known, random, depth)
    case 'integer':
    case 'number':
      return numberIn(schema, random)
    case 'string':
      return stringIn(schema, known, random)
    case 'boolean':
      return random.once(2)
    default:
      return null
  }
}

function typeOf({ type }: Schema, random: Random): string {
  return typeof type === 'string' ? type : type ? random.pick(type) : 'null'
}

function fieldsOf(given: Schema, known: Known, random: Random, depth: number): [string, Tree][] {
  const schema = resolved(given)
  const properties = Object.entries(schema.properties ?? {})
  const some = properties.filter(([name]) => schema.required?.includes(name) || random.once(2 + depth))
  const fields = some.map(([name, one]): [string, Tree] => [name, sample(one, known, random, depth + 1)])
  const more = schema.additionalProperties
  if (typeof more === 'object' && Object.keys(more).length > 0 && schema.propertyNames) {
    for (let left = random.below(3); left > 0; left--) {
      const name = sample(schema.propertyNames, known, random)
      fields.push([typeof name === 'string' ? name : 'x', sample(more, known, random, depth + 1)])
    }
  }
  return fields
}

function listOf(schema: Schema, known: Known, random: Random, depth: number): Tree[] {
  const { items = {}, minItems = 0, maxItems = 4 } = schema
  const length = random.once(20) ? Math.min(maxItems, 100) : Math.min(maxItems, minItems + random.below(3))
  return Array.from({ length }, () => sample(items, known, random, depth + 1))
}

function numberIn(schema: Schema, random: Random): number {
  const { multipleOf = 1 } = schema
  const low = schema.minimum ?? (schema.exclusiveMinimum ?? -1) + 1
  const high = schema.maximum ?? 2 ** 40
  const near = [low, low + multipleOf, high, high - multipleOf, Math.floor((low + high) / 2)]
  // The borders come in pairs: what lies just outside must be refused, and be refused well.
  if (random.once(8)) return random.pick([low - 1, high + 1])
  return random.once(2) ? low + random.below(20) * multipleOf : random.pick(near)
}

function stringIn(schema: Schema, known: Known, random: Random): string {
  const { pattern, format, minLength = 0, maxLength = 1000 } = schema
  if (format === 'date-time') return random.pick(INSTANTS)
  if (pattern !== undefined) {
    const fitting = knownFor(pattern, known)
    if (fitting.length > 0 && !random.once(4)) return random.pick(fitting)
    const made = samplesOf(pattern)
    if (made.length > 0) return random.pick(made).slice(0, maxLength)
  }
  if (random.once(12)) return random.pick(WORDS).repeat(maxLength).slice(0, maxLength)
  return random.pick(WORDS).padEnd(minLength, 'x')
}

const fitted = new WeakMap<Known, Map<string, readonly string[]>>()

function knownFor(pattern: string, known: Known): readonly string[] {
  const by = fitted.get(known) ?? new Map<string, readonly string[]>()
  fitted.set(known, by)
  const fitting = by.get(pattern) ?? known.filter((word) => new RegExp(pattern, 'u').test(word))
  by.set(pattern, fitting)
  return fitting
}

const made = new Map<string, readonly string[]>()

function samplesOf(pattern: string): readonly string[] {
  const samples = made.get(pattern) ?? sampled(pattern)
  made.set(pattern, samples)
  return samples
}

function sampled(pattern: string): readonly string[] {
  // Not every property of Unicode can be made up; then any words do.
  if (pattern.includes('\\p{')) return []
  return fc.sample(fc.stringMatching(new RegExp(pattern, 'u')), { numRuns: PATTERN_SAMPLES, seed: 1 })
}
