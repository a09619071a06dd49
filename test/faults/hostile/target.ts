import type { Random } from '../../fuzz/random.ts'
import { UNKNOWN } from '../../http/world.ts'
import { longText } from './json-text.ts'
import type { HostileOperation, Parameter } from './operations.ts'
import { sample } from './sample.ts'
import type { Targets } from './targets.ts'

/** Parts of a path that are no id, as bytes that a request line may have. */
const SEGMENTS = [
  ...[
    '',
    '.',
    '..',
    '%2e%2e',
    '%2f',
    '%5c',
    '%00',
    '%',
    '%zz',
    '%ff',
    '%ed%a0%80',
    '%c0%ae',
    '%0d%0aset-cookie:%20a',
  ],
  ...[
    '*',
    ':',
    ';',
    '~',
    '__proto__',
    'constructor',
    'null',
    'undefined',
    'NaN',
    '0',
    '-1',
    "'",
    '%22',
    '%e2%80%ae',
  ],
  ...['host_', 'HOST_00000000000000000000000000', 'host_0000000000000000000000000', '\u00e9', '%F0%9F%98%80'],
  ...['fleet', 'group:', 'group:__proto__', 'host:host_', 'reboot', 'crash', 'kernel', 'current', 'diff'],
]
const VALUES = [
  ...[
    '',
    '0',
    '-1',
    '501',
    '1e3',
    '9007199254740993',
    '1e400',
    'true',
    'NaN',
    '%00',
    '%',
    '%zz',
    '%ff',
    '%ed%a0%80',
  ],
  ...['*', '%0a', '+', '%2b', '__proto__', '[]', '{}', 'null', 'a%26b', '=', '%e2%80%ae', "'", 'e%CC%81'],
]
const NAMES = [
  'nonsense',
  '__proto__',
  'constructor',
  'limit[]',
  'limit[x]',
  'cursor.',
  '',
  '%00',
  'toString',
  'Limit',
]

/** Units: characters. What is longer is refused before anything else looks at it. */
const MAX_TARGET = 4_000

/** Cursors that the service gave, by operation: forged ones are made of them. */
export type Cursors = Map<string, string>

/** What stands in the request line between the method and the version. */
export function hostileTarget(
  op: HostileOperation,
  { targets, cursors }: { targets: Targets; cursors: Cursors },
  random: Random,
): string {
  const path = op.template.replace(/\{([^}]+)\}/g, (_, name: string) => segmentFor(op, name, targets, random))
  const query = op.query.flatMap((one) => queryFor(op, one, { targets, cursors }, random))
  // Else it would go on for as long as somebody listens.
  if (op.id === 'followEvents' && !random.once(8)) query.push('follow=false')
  if (random.once(20)) query.push(`${random.pick(NAMES)}=${random.pick(VALUES)}`)
  if (random.once(60)) query.push(...Array.from({ length: 300 }, (_, i) => `x${i}=1`))
  const spoilt = random.once(50)
    ? random.pick(['/', '//', '/..', '%00', '/%2e', ';x=1', '/x', '?', '#x'])
    : ''
  const text = path + spoilt + (query.length > 0 ? `?${query.join('&')}` : '')
  return legal(random.once(80) ? `${text}${text.includes('?') ? '&' : '?'}x=${longText(random)}` : text)
}

function segmentFor(op: HostileOperation, name: string, targets: Targets, random: Random): string {
  if (random.once(18)) return random.pick(SEGMENTS)
  if (random.once(60)) return encoded(longText(random))
  if (random.once(25)) return encoded(UNKNOWN[name] ?? 'nobody')
  return encoded(thingFor(op, name, targets, random))
}

/** The same without malice: things that are there, and nothing asked for but what must be. */
export function politeTarget(op: HostileOperation, targets: Targets, random: Random): string {
  const path = op.template.replace(/\{([^}]+)\}/g, (_, name: string) =>
    encoded(thingFor(op, name, targets, random)),
  )
  const query = op.query.flatMap(({ name }) => {
    if (name === 'boot_entry') return [`boot_entry=${targets.params['bootEntryId']}`]
    return name === 'reason' ? ['reason=test'] : name === 'follow' ? ['follow=false'] : []
  })
  return path + (query.length > 0 ? `?${query.join('&')}` : '')
}

function thingFor(op: HostileOperation, name: string, targets: Targets, random: Random): string {
  const spare = targets.spare[name] ?? []
  if (spare.length > 0 && (takesAway(op) || random.once(6))) return random.pick(spare)
  return targets.params[name] ?? ''
}

/** What others need too must outlive it. */
export function takesAway({ method, template }: HostileOperation): boolean {
  return (
    method === 'delete' || /\/(cancel|halt|pause|resume|acknowledge|submit|approve|skip-host)$/.test(template)
  )
}

function queryFor(
  op: HostileOperation,
  { name, schema }: Parameter,
  { targets, cursors }: { targets: Targets; cursors: Cursors },
  random: Random,
): string[] {
  const isNeeded = ['boot_entry', 'reason'].includes(name)
  if (isNeeded ? random.once(12) : !random.once(4)) return []
  const one = (): string => {
    if (random.once(4)) return random.pick(VALUES)
    if (name === 'cursor') return forged(cursors.get(op.id) ?? '', random)
    if (name === 'boot_entry' && !random.once(4)) return targets.params['bootEntryId'] ?? ''
    const value = sample(schema, targets.known, random)
    return encoded(typeof value === 'string' ? value : JSON.stringify(value))
  }
  const all = [`${name}=${one()}`]
  if (random.once(20)) all.push(`${name}=${one()}`)
  return all
}

/** A cursor is no secret: whoever has seen one can put anything in the place of its id. */
function forged(cursor: string, random: Random): string {
  const [binding = 'x', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ')
  const ids = [
    id,
    '',
    '\u0000',
    'z',
    '\u{10ffff}',
    '0',
    "' OR 1=1",
    'x'.repeat(200),
    `${id}0`,
    '-1',
    '1e400',
    '%',
  ]
  const text = random.once(3) ? cursor : Buffer.from(`${binding} ${random.pick(ids)}`).toString('base64url')
  return random.once(6) ? text.slice(0, random.below(text.length + 1)) : text
}

/** Percent-encoded; what is no whole character as the three bytes that it would have. */
export function encoded(text: string): string {
  return text.replace(/[^A-Za-z0-9\-._~:]/gu, (one) =>
    /^[\ud800-\udfff]$/.test(one) ? '%ed%a0%80' : encodeURIComponent(one).replace(/[!'()*]/g, escapedByte),
  )
}

function escapedByte(one: string): string {
  return `%${one.charCodeAt(0).toString(16)}`
}

/** As a request line may have it: what is none is for those who test the protocol. */
function legal(text: string): string {
  return text
    .replace(/[^\x21-\x7e]/gu, encoded)
    .replaceAll('\\', '%5c')
    .slice(0, MAX_TARGET)
}
