import { gzipSync } from 'node:zlib'
import { BLOB_FILES } from '../../../src/planner/index.ts'
import { spoiltHost } from '../../fuzz/host.ts'
import { mutatedBlob } from '../../fuzz/mutate-blob.ts'
import { mutatedText } from '../../fuzz/mutate-text.ts'
import type { Random } from '../../fuzz/random.ts'
import { CAPTURES, IMAGES } from '../../fuzz/seeds.ts'
import { damagedTree, hostileValue, textOf, treeOf, type Tree } from './json-text.ts'
import { multipart } from './multipart.ts'
import type { HostileOperation } from './operations.ts'
import { sample } from './sample.ts'
import type { Targets } from './targets.ts'

export interface HostileBody {
  readonly bytes: Buffer
  /** None where null. */
  readonly type: string | null
  readonly encoding?: string
}

const JSON_TYPES = ['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON;charset=latin1']
const OTHER_TYPES = [
  ...[
    'text/plain',
    'application/x-ndjson',
    'application/x-www-form-urlencoded',
    'application/xml',
    'text/html',
  ],
  ...[
    'application/octet-stream',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'application/jsonp',
  ],
  ...['application/json,text/plain', 'application/json; x="', '', ' ', '/', 'application/merge-patch+json'],
  ...['application/problem+json', 'a'.repeat(300), 'application/json; boundary=x', '*/*', '__proto__'],
]

/** A body for an operation: as the contract has it, damaged, or of another kind; null for none. */
export function hostileBody(
  op: HostileOperation,
  usual: unknown,
  { targets, bodyLimit }: { targets: Targets; bodyLimit: number },
  random: Random,
): HostileBody | null {
  if (op.body === null ? !random.once(10) : random.once(30)) return null
  if (random.once(200)) return tooLarge(bodyLimit, random)
  const tree = startOf(op, usual, targets, random)
  if (op.id === 'createSnapshot' && random.once(3)) return multipart(filesOf(tree), random)
  if (random.once(100)) return multipart([['x', 'y']], random)
  return encodedAs(damaged(tree, random), random)
}

/** The same without malice. */
export function politeBody(
  op: HostileOperation,
  usual: unknown,
  { targets }: { targets: Targets },
  random: Random,
): HostileBody | null {
  if (op.body === null) return null
  const tree = usual === undefined || random.once(3) ? startOf(op, usual, targets, random) : treeOf(usual)
  return { bytes: Buffer.from(textOf(tree)), type: 'application/json' }
}

function startOf(op: HostileOperation, usual: unknown, targets: Targets, random: Random): Tree {
  if (op.body === null) return random.pick([{ fields: [] }, null, 'x', hostileValue(random)])
  if (op.id === 'createSnapshot' && !random.once(4)) return spoiltSnapshot(random)
  const start = random.below(3)
  if (start === 0 && op.examples.length > 0) return treeOf(random.pick(op.examples))
  if (start === 1 && usual !== undefined) return withImage(op, treeOf(usual), random)
  return withImage(op, sample(op.body, targets.known, random), random)
}

/** One of the captures, with damages in its files that a collector or a firmware could make, and others. */
function spoiltSnapshot(random: Random): Tree {
  const files = random.once(3) ? random.pick(CAPTURES) : spoiltHost(random).files
  const named = Object.entries(files).map(([name, content]): [string, Tree] => [
    name,
    content instanceof Uint8Array ? base64(content, random) : String(content),
  ])
  const boot_id = random.pick(['boot-1', 'boot-2', `boot-${random.below(1000)}`])
  return { fields: [['boot_id', boot_id], ['files', { fields: named }]] } // prettier-ignore
}

/** Now and then cut, or with characters that base64 does not have. */
function base64(bytes: Uint8Array, random: Random): string {
  const text = Buffer.from(bytes).toString('base64')
  if (!random.once(8)) return text
  return random.pick([text.slice(0, -1), `${text}=`, text.replaceAll('A', '-'), `${text}\n`, text.slice(1)])
}

/** A kernel's head that may be damaged, in the place of a made-up one. */
function withImage(op: HostileOperation, tree: Tree, random: Random): Tree {
  if (op.id !== 'createBootEntry' || random.once(4)) return tree
  const header = random.once(2) ? random.pick(IMAGES) : mutatedBlob(random.pick(IMAGES), IMAGES, random)
  const linux = { sha256: 'ab'.repeat(32), size: random.pick([4096, 8_000_000, 2 ** 31, 2 ** 52]) }
  const kept = isFields(tree) ? tree.fields.filter(([name]) => name !== 'linux') : []
  const blob = CAPTURES.find((files) => files.fdt)?.fdt ?? new Uint8Array()
  const devicetree: Tree = random.once(4)
    ? treeOf({ data: base64(mutatedBlob(blob, [blob], random), random) })
    : null
  return {
    fields: [
      ...kept.filter(([name]) => name !== 'devicetree'),
      ['devicetree', devicetree],
      ['linux', treeOf({ ...linux, header: base64(header, random) })],
    ],
  }
}

function damaged(tree: Tree, random: Random): string {
  let out = tree
  // A third of all as they are: what is accepted gets furthest.
  for (let left = random.once(3) ? 0 : 1 + random.below(3); left > 0; left--) out = damagedTree(out, random)
  const text = textOf(out)
  return random.once(12) ? mutatedText(text, [text], random) : text
}

function encodedAs(text: string, random: Random): HostileBody {
  const type = random.once(25)
    ? random.pick(OTHER_TYPES)
    : random.once(15)
      ? random.pick(JSON_TYPES)
      : 'application/json'
  const bytes = Buffer.from(text, random.once(60) ? random.pick(['utf16le', 'latin1'] as const) : 'utf8')
  switch (random.below(60)) {
    case 0:
      return { bytes: gzipSync(bytes).subarray(0, random.below(2000)), type, encoding: 'gzip' }
    case 1:
      return { bytes: Buffer.from(mutatedBlob(bytes, [bytes], random)), type }
    case 2:
      return { bytes: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]), type }
    case 3:
      return {
        bytes: Buffer.concat([bytes, Buffer.from(random.pick(['\n', '\u0000', '{}', ' x', ',']))]),
        type,
      }
    case 4:
      return { bytes: Buffer.alloc(0), type }
    case 5:
      return { bytes, type: null }
    default:
      return { bytes, type }
  }
}

function tooLarge(bodyLimit: number, random: Random): HostileBody {
  const length = bodyLimit + random.pick([-1, 0, 1, 4096])
  const open = '{"x":"'
  const text = `${open}${'x'.repeat(length - open.length - 2)}"}`
  return { bytes: Buffer.from(text), type: 'application/json' }
}

function filesOf(tree: Tree): [string, string | Uint8Array][] {
  if (!isFields(tree)) return []
  return tree.fields.flatMap(([name, value]): [string, string | Uint8Array][] => {
    if (name !== 'files') return [[name, String(value)]]
    if (!isFields(value)) return []
    return value.fields.map(([file, content]) => [
      file,
      (BLOB_FILES as readonly string[]).includes(file)
        ? Buffer.from(String(content), 'base64')
        : String(content),
    ])
  })
}

function isFields(tree: Tree): tree is { readonly fields: [string, Tree][] } {
  return tree !== null && typeof tree === 'object' && 'fields' in tree
}
