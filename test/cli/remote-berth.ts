import { runProgram } from '../../src/cli/program.ts'
import type { Api } from '../http/api.ts'
import type { EnrolledHost } from '../http/fixtures.ts'
import { recordedIo } from './recorded-io.ts'

/** Tests next door hold up the event loop: that is no reason to refuse anybody. */
export const UNHURRIED = { maxEventLoopDelayMs: 0 }

interface Enrolled {
  readonly host: string
  readonly credential: string
}

let machines = 0

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** One command against a running service, as its admin unless `key` says another. */
export async function berth(
  { url, admin }: Pick<Api, 'url' | 'admin'>,
  argv: readonly string[],
  key = admin,
): Promise<Ran> {
  const io = recordedIo()
  const code = await runProgram([...argv, '--server', url, '--key', key], io)
  return { code, stdout: io.stdout(), stderr: io.stderr() }
}

/** The lines of a table without its titles, each as its first so many words. */
export function cells(stdout: string, words: number): string[][] {
  return stdout
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(/ {2,}/).slice(0, words))
}

/** A host by a name of its own; the fixtures call all of theirs the same. */
export async function enrollNamed(api: Api, hostname: string, group?: string): Promise<EnrolledHost> {
  const asked = {
    method: 'post',
    path: '/v1/enrollment-tokens',
    as: api.admin,
    body: group === undefined ? {} : { group },
  }
  const { token } = (await api.call(asked)).body as { token: string }
  const body = {
    token,
    machine_id: `${hostname}-${++machines}`,
    hostname,
    arch: 'x86_64',
    hardware_model: 'model',
  }
  const { host: id, credential } = (await api.call({ method: 'post', path: '/v1/agent/enroll', body }))
    .body as Enrolled
  return { id, credential }
}
