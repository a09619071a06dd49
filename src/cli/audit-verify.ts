import type { CheckpointSeen } from '../audit/checkpoint.ts'
import { auditWalk, type Walked } from '../audit/walk.ts'
import { sha256 } from '../store/sha256.ts'
import { entriesInDatabase, entriesInFile, entriesOver, type Met } from './audit-source.ts'
import { readCheckpoints, type KeptCheckpoint } from './checkpoint-file.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { overApi, type Asked, type RemoteOptions } from './remote.ts'
import { show } from './show.ts'
import { readSigningKeys } from './signing-key-file.ts'

export interface AuditVerifyOptions extends RemoteOptions {
  readonly checkpoint?: readonly string[]
  readonly signingKey?: string
  /** The number of the first entry that is looked at. */
  readonly since?: number
  readonly file?: string
  readonly database?: string
}

/** `berth audit verify`: walks the chain, over the API, in a database or in a file. It holds two entries at any time. */
export async function auditVerifyCommand(asked: Asked<AuditVerifyOptions>): Promise<ExitCode> {
  const { options, io } = asked
  const { file, database, since = 1, signingKey } = options
  if (file !== undefined && database !== undefined) {
    io.err('berth audit verify: --file and --database are two audits, say which one\n')
    return EXIT.usage
  }
  const keys = signingKey === undefined ? null : readSigningKeys(signingKey)
  const checkpoints = readCheckpoints(options.checkpoint ?? [], keys)
  const verified = async (source: AsyncIterable<Met>): Promise<ExitCode> => {
    const walked = await walkOver(source, since, checkpoints)
    tell(io, options, walked, checkpoints)
    return walked.faultCount === 0 ? EXIT.ok : EXIT.differ
  }
  if (file !== undefined) return verified(entriesInFile(file))
  if (database !== undefined) return verified(entriesInDatabase(database, since))
  return overApi('audit verify', asked, (remote) => verified(entriesOver(remote, since)))
}

async function walkOver(
  source: AsyncIterable<Met>,
  since: number,
  checkpoints: readonly KeptCheckpoint[],
): Promise<Walked> {
  const walk = auditWalk({ sha256, since, checkpoints })
  for await (const met of source) {
    if ('beside' in met) walk.note(met.beside)
    else if ('instead' in met) walk.stumble(met.instead)
    // A file may hold more than is asked for.
    else if (met.entry.seq >= since) walk.see(met.entry)
  }
  return walk.end()
}

function tell(io: Io, { output }: AuditVerifyOptions, walked: Walked, kept: readonly KeptCheckpoint[]): void {
  const { entries, first, head, faults, faultCount } = walked
  const checkpoints = walked.checkpoints.map(({ checkpoint: { seq, hash, at }, state }, i) => {
    return { seq, hash, at, state, signed_by: kept[i]?.signedBy ?? null }
  })
  const body = { whole: faultCount === 0, entries, first, head, checkpoints, faults, fault_count: faultCount }
  show(io, output, body, () => auditText(walked, kept))
}

function auditText(
  { entries, first, head, checkpoints, faults, faultCount }: Walked,
  kept: readonly KeptCheckpoint[],
) {
  const left = faultCount - faults.length
  const found = faultCount === 0 ? 'each is as it was written' : `${faultCount} faults`
  const lines = [
    ...faults.map(({ sentence }) => sentence),
    ...(left > 0 ? [`and ${left} more`] : []),
    ...(first !== null && head ? [`entries ${first} to ${head.seq}, ${entries} in all: ${found}`] : []),
    ...(head ? [`head: entry ${head.seq}, hash ${head.hash}`] : []),
    ...checkpoints.map((seen, i) => checkpointLine(seen, kept[i]?.signedBy ?? null)),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

const STATES = {
  held: 'in the chain',
  missed: 'NOT in the chain',
  before: 'before what was looked at',
} as const

function checkpointLine({ checkpoint: { seq, at }, state }: CheckpointSeen, key: string | null): string {
  const signed =
    key === null ? 'signature not looked at, for want of --signing-key' : `signed by ${key.slice(0, 16)}`
  return `checkpoint of ${at}, entry ${seq}: ${STATES[state]}; ${signed}`
}
