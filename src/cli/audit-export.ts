import { entriesInDatabase, entriesOver, type Met } from './audit-source.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { overApi, type Asked, type RemoteOptions } from './remote.ts'

export interface AuditExportOptions extends RemoteOptions {
  /** The number of the first entry. */
  readonly since?: number
  readonly database?: string
}

/** `berth audit export`: every entry on a line of its own, as the API shows it; `berth audit verify --file` reads that. */
export function auditExportCommand(asked: Asked<AuditExportOptions>): Promise<ExitCode> {
  const { options, io } = asked
  const { since = 1, database } = options
  if (database !== undefined) return written(entriesInDatabase(database, since), io)
  return overApi('audit export', asked, (remote) => written(entriesOver(remote, since), io))
}

/** What is no entry is told, and what is one is written all the same. */
async function written(source: AsyncIterable<Met>, io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok
  for await (const met of source) {
    if ('entry' in met) io.out(`${JSON.stringify(met.entry)}\n`)
    else {
      const { sentence } = 'instead' in met ? met.instead : met.beside
      io.err(`berth audit export: ${sentence}\n`)
      code = EXIT.failed
    }
  }
  return code
}

/** `berth audit checkpoint`: how far the audit has come, signed, on one line. */
export function auditCheckpointCommand(asked: Asked<RemoteOptions>): Promise<ExitCode> {
  return overApi('audit checkpoint', asked, async (remote) => {
    const { body } = await remote.get('/v1/audit/head')
    return remote.show(body, () => `${JSON.stringify(body)}\n`)
  })
}
