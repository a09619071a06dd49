import { readFileSync } from 'node:fs'
import { signedBy } from '../agent/signed-by.ts'
import { CHECKPOINT_TYPE, checkpointText, type Checkpoint } from '../audit/checkpoint.ts'
import { AuditHead } from '../wire/audit.ts'
import { reasonOf } from './input-error.ts'

/** A checkpoint that an operator has kept. */
export interface KeptCheckpoint extends Checkpoint {
  /** The key that has signed it; null where nobody has said which keys count. */
  readonly signedBy: string | null
}

/**
 * The checkpoints in files, as `berth audit checkpoint` prints them: one, or one a line.
 *
 * @param keys Those that count, as DER in base64; null: signatures are not looked at.
 * Errors: throws a sentence that names file and line.
 */
export function readCheckpoints(paths: readonly string[], keys: readonly string[] | null): KeptCheckpoint[] {
  return paths.flatMap((path) => documentsIn(path).map(({ text, where }) => kept(text, where, keys)))
}

interface Placed {
  readonly text: string
  readonly where: string
}

function documentsIn(path: string): Placed[] {
  const text = textOf(path)
  // One that somebody has laid out over several lines.
  if (jsonIn(text) !== undefined) return [{ text, where: path }]
  const lines = text.split('\n').map((line, i) => ({ text: line, where: `${path}:${i + 1}` }))
  const written = lines.filter((line) => line.text.trim() !== '')
  if (written.length === 0) throw new Error(`--checkpoint: ${path} holds none`)
  return written
}

function kept(text: string, where: string, keys: readonly string[] | null): KeptCheckpoint {
  const read = AuditHead.safeParse(jsonIn(text))
  if (!read.success)
    throw new Error(`--checkpoint: ${where} is no checkpoint, as \`berth audit checkpoint\` prints one`)
  const { seq, hash, at, signed } = read.data
  if (signed.statement !== checkpointText({ seq, hash, at }))
    throw new Error(`--checkpoint: ${where} does not say what was signed`)
  if (keys === null) return { seq, hash, at, signedBy: null }
  const found = signedBy(signed, CHECKPOINT_TYPE, keys)
  if (found.ok) return { seq, hash, at, signedBy: found.value }
  const why = {
    unknown: 'is not signed by any of the keys of --signing-key',
    forged: 'has a signature that is not one of what it says',
  }[found.error]
  throw new Error(`--checkpoint: ${where} ${why}`)
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    throw new Error(`--checkpoint: ${reasonOf(thrown)}`, { cause: thrown })
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
