import { isDeepStrictEqual } from 'node:util'
import {
  loadRefusal,
  memoryText,
  readSnapshot,
  type CaptureFiles,
  type Result,
  type Snapshot,
} from '../planner/index.ts'
import { bootIdIn } from './apply.ts'
import type { PostedSnapshot } from './client.ts'
import { deliver } from './deliver.ts'
import { failed, type AgentFailure } from './failure.ts'
import { wireFiles } from './message.ts'
import { sha256 } from './sha256.ts'
import type { Session } from './session.ts'

/** So often a snapshot is said although nothing has changed. */
const SAY_AGAIN_MS = 60 * 60_000

/** The capture of this boot. Errors: `bad-capture` where it does not say which boot it is. */
export async function look({ agent }: Session): Promise<Result<CaptureFiles, AgentFailure>> {
  const files = await agent.capture()
  if (bootIdIn(files) === '') return failed('bad-capture', 'the capture has no boot id')
  return { ok: true, value: files }
}

/** Whether the service has yet to hear of this boot or of this memory. */
export function isNews(session: Session, files: CaptureFiles): boolean {
  const { posted } = session
  if (!posted || posted.digest !== digestOf(session, files)) return true
  return session.now() - posted.at >= SAY_AGAIN_MS
}

/**
 * Says what this boot knows of its memory, after everything that was to be said before.
 *
 * `proof`: it shows what became of a plan, and is given up last. Errors: those of delivering it.
 */
export async function show(
  session: Session,
  files: CaptureFiles,
  proof: boolean,
): Promise<Result<PostedSnapshot, AgentFailure>> {
  const { spool, step } = session
  const spooled = await spool.add({
    kind: 'snapshot',
    boot_id: bootIdIn(files),
    files: wireFiles(files),
    proof,
  })
  if (spooled) session.shown = { id: spooled.id, digest: digestOf(session, files) }
  if (proof) await step('outcome-spooled')
  const said = await deliver(session, spooled ?? undefined)
  if (!said.ok) return said
  if (!said.value) return failed('spool-full', 'the snapshot is larger than the spool')
  return { ok: true, value: said.value }
}

/** What each agent looked at last: most rounds see the same again, and nothing of it has to be read anew. */
const looked = new WeakMap<Session, { readonly files: CaptureFiles; readonly digest: string }>()

function digestOf(session: Session, files: CaptureFiles): string {
  const last = looked.get(session)
  if (last && isDeepStrictEqual(last.files, files)) return last.digest
  const digest = digestOfFiles(files)
  looked.set(session, { files, digest })
  return digest
}

/** Of what the service goes by: the canonical memory map and whether a load would be refused, or all of a capture that cannot be read. */
function digestOfFiles(files: CaptureFiles): string {
  const snapshot = readSnapshot(files)
  const text = snapshot.ok ? toldBy(snapshot.value) : JSON.stringify(wireFiles(files))
  return sha256(`${bootIdIn(files)}\n${text}`)
}

function toldBy(snapshot: Snapshot): string {
  const refusal = loadRefusal(snapshot, { loader: 'kexec_load', signed: null })
  return `${memoryText(snapshot)}${refusal === null ? '' : `\n${refusal}`}`
}
