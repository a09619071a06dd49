import type { ColumnType, Value } from './tables.ts'

/** What a value is in a line of JSON. */
export type Told = string | number | boolean | null

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const LIMIT_OF_INT = 2 ** 31

interface Form {
  readonly expected: string
  tell(value: Value): Told
  /** Undefined where it is none of that kind. */
  read(told: unknown): Value | undefined
}

/** Every type of a column has one form, and each value one text: what is read and told again is the same line. */
const FORMS: Readonly<Record<ColumnType, Form>> = {
  String: {
    expected: 'a text',
    tell: (value) => value as string,
    // Half a surrogate pair has no bytes in either engine.
    read: (told) => (typeof told === 'string' && !/\p{Surrogate}/u.test(told) ? told : undefined),
  },
  Int: {
    expected: 'an integer of 32 bits',
    tell: (value) => value as number,
    read: (told) => {
      const isOne = Number.isInteger(told) && Number(told) >= -LIMIT_OF_INT && Number(told) < LIMIT_OF_INT
      return isOne ? Number(told) : undefined
    },
  },
  BigInt: {
    expected: 'an integer of 64 bits, as a text',
    tell: String,
    read: (told) => {
      if (typeof told !== 'string' || !/^(0|-?[1-9]\d{0,18})$/.test(told)) return undefined
      const value = BigInt(told)
      return BigInt.asIntN(64, value) === value ? value : undefined
    },
  },
  Float: {
    expected: 'a number',
    tell: (value) => {
      if (!Number.isFinite(value)) throw new Error(`${String(value)} is no number`)
      return value as number
    },
    read: (told) => (typeof told === 'number' && Number.isFinite(told) ? told : undefined),
  },
  Boolean: {
    expected: 'true or false',
    tell: (value) => value as boolean,
    read: (told) => (typeof told === 'boolean' ? told : undefined),
  },
  DateTime: {
    expected: 'a time as 2030-01-01T00:00:00.000Z',
    tell: (value) => {
      const text = (value as Date).toISOString()
      if (!MOMENT.test(text)) throw new Error(`${text} is no time of the years 0 to 9999`)
      return text
    },
    read: (told) => {
      if (typeof told !== 'string' || !MOMENT.test(told)) return undefined
      const value = new Date(told)
      return !Number.isNaN(value.getTime()) && value.toISOString() === told ? value : undefined
    },
  },
  Bytes: {
    expected: 'bytes as base64',
    tell: (value) => Buffer.from(value as Uint8Array).toString('base64'),
    read: (told) => {
      if (typeof told !== 'string') return undefined
      const value = Buffer.from(told, 'base64')
      return value.toString('base64') === told ? Uint8Array.from(value) : undefined
    },
  },
}

/** Errors: throws on what has no form: a number that is none, a time beyond the calendar. */
export function toldOf(type: ColumnType, value: Value): Told {
  return value === null ? null : FORMS[type].tell(value)
}

/** The value of a column; undefined where what stands there is no such value. */
export function valueOf(type: ColumnType, told: unknown): Value | undefined {
  return FORMS[type].read(told)
}

export function expectedOf(type: ColumnType, isNullable: boolean): string {
  return isNullable ? `${FORMS[type].expected}, or null` : FORMS[type].expected
}
