import type { Random } from '../../fuzz/random.ts'

/** JSON as it will be written: `Raw` stands for text that no value has, such as 1e400. */
export type Tree = null | boolean | number | string | Tree[] | Fields | Raw

/** Fields in order, so that a name can come twice, and be `__proto__`. */
export interface Fields {
  readonly fields: [name: string, value: Tree][]
}

export interface Raw {
  readonly raw: string
}

/** What careless code trips over, as JSON text. */
const HOSTILE: readonly string[] = [
  ...['null', 'true', 'false', '{}', '[]', '""', '[{}]', '[null]', '{"":""}'],
  ...['0', '-0', '-1', '1', '0.5', '1e-7', '5e-324', '1e400', '-1e400', '1e21', '9007199254740991'],
  ...[
    '9007199254740992',
    '9007199254740993',
    '2147483647',
    '2147483648',
    '4294967296',
    '18446744073709551616',
  ],
  ...[
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\u202e\\u2066"',
    '"\\ufeff"',
    '"\\uffff"',
  ],
  ...[
    '"\\r\\nset-cookie: a=b"',
    '"é\\u0301ﬀ"',
    '"\\ud83d\\ude00"',
    '"__proto__"',
    '"constructor"',
    '"toString"',
  ],
  ...['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '{"toJSON":1}'],
  ...['{"length":1e9}', '{"then":{}}', '[[[[[[[[]]]]]]]]', '"%00"', '"../../etc/passwd"', '"\' OR 1=1 --"'],
  ...[
    '"${7*7}"',
    '"<script>alert(1)</script>"',
    '"0x"',
    '"0x1fffffffffffff"',
    '"0x20000000000000"',
    '"-0x1"',
  ],
  ...['"9999-12-31T23:59:59.999Z"', '"0000-01-01T00:00:00.000Z"', '"2030-02-30T00:00:00.000Z"', '"NaN"'],
  ...['"Infinity"', '"*"', '"("', '"^(a+)+$"', '" "', '"\\n"', '"."', '".."', '"/"'],
]

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '',
  'id',
  '\u0000',
  '\ud800',
  '$ref',
]

/** Lengths on both sides of what contracts and databases like to allow. */
const LENGTHS = [63, 64, 65, 100, 101, 200, 255, 256, 257, 1000, 1001, 4096, 65_536]

export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return value.map(treeOf)
  if (value === null || typeof value !== 'object') return value as Tree
  return { fields: Object.entries(value).map(([name, one]) => [name, treeOf(one)]) }
}

export function textOf(tree: Tree): string {
  if (tree === null || typeof tree !== 'object') return JSON.stringify(tree)
  if (Array.isArray(tree)) return `[${tree.map(textOf).join(',')}]`
  if ('raw' in tree) return tree.raw
  return `{${tree.fields.map(([name, value]) => `${JSON.stringify(name)}:${textOf(value)}`).join(',')}}`
}

export function hostileValue(random: Random): Raw {
  if (random.once(12)) return { raw: JSON.stringify(longText(random)) }
  if (random.once(60)) return { raw: nested(random.pick([8, 64, 1000, 20_000]), random) }
  return { raw: random.pick(HOSTILE) }
}

export function longText(random: Random): string {
  return random
    .pick(['x', '0', 'a ', 'é', '\u202e', '\u0000', '\ud800', '/', '😀'])
    .repeat(random.pick(LENGTHS))
}

function nested(depth: number, random: Random): string {
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const)
  return `${open.repeat(depth)}${random.pick(['1', '', '{}'])}${random.once(3) ? '' : close.repeat(depth)}`
}

/** One damage, somewhere in it. */
export function damagedTree(tree: Tree, random: Random): Tree {
  if (tree === null || typeof tree !== 'object' || 'raw' in tree) return damagedLeaf(tree, random)
  const size = Array.isArray(tree) ? tree.length : tree.fields.length
  // Deeper most of the time: the top has one place, what lies below has many.
  if (size === 0 || random.once(8)) return random.once(3) ? hostileValue(random) : withOneMore(tree, random)
  const at = random.below(size)
  if (Array.isArray(tree)) return damagedList(tree, at, random)
  return { fields: damagedFields(tree.fields, at, random) }
}

function damagedLeaf(leaf: Tree, random: Random): Tree {
  if (typeof leaf === 'number' && random.once(3))
    return leaf + random.pick([-1, 1, 0.5, 2 ** 31, 2 ** 53, -2 * leaf])
  if (typeof leaf === 'string' && random.once(3)) return damagedText(leaf, random)
  return random.once(10) ? [leaf] : hostileValue(random)
}

function damagedText(text: string, random: Random): string {
  const at = random.below(text.length + 1)
  const bit = random.pick([
    '\u0000',
    '\ud800',
    '\u202e',
    ' ',
    '\n',
    '/',
    '..',
    'É',
    '😀',
    '"',
    "'",
    '%',
    '',
    '0',
    'z',
  ])
  return text.slice(0, at) + bit + text.slice(at + random.below(3))
}

function damagedList(list: readonly Tree[], at: number, random: Random): Tree[] {
  const out = [...list]
  switch (random.below(5)) {
    case 0:
      out.splice(at, 1)
      return out
    case 1:
      out.splice(at, 0, out[at] as Tree)
      return out
    case 2:
      return Array.from({ length: random.pick([16, 17, 100, 101, 1000, 1001]) }, () => out[at] as Tree)
    default:
      out[at] = damagedTree(out[at] as Tree, random)
      return out
  }
}

function damagedFields(fields: Fields['fields'], at: number, random: Random): Fields['fields'] {
  const out = [...fields]
  const [name, value] = out[at] ?? ['', null]
  switch (random.below(9)) {
    case 0:
      out.splice(at, 1)
      return out
    case 1:
      // The same name twice, with another value: which of the two counts?
      out.splice(random.below(out.length + 1), 0, [name, hostileValue(random)])
      return out
    case 2:
      out[at] = [random.pick(NAMES), value]
      return out
    case 3:
      out.push([random.pick(NAMES), hostileValue(random)])
      return out
    case 4:
      out[at] = [name, hostileValue(random)]
      return out
    default:
      out[at] = [name, damagedTree(value, random)]
      return out
  }
}

function withOneMore(tree: Tree[] | Fields, random: Random): Tree {
  if (Array.isArray(tree)) return [...tree, hostileValue(random)]
  return { fields: [...tree.fields, [random.pick(NAMES), hostileValue(random)]] }
}
