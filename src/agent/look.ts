import { memoryText, readSnapshot, type CaptureFiles, type Result } from '../planner/index.ts'
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
  if (!posted || posted.digest !== digestOf(files)) return true
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
  if (spooled) session.shown = { id: spooled.id, digest: digestOf(files) }
  if (proof) await step('outcome-spooled')
  const said = await deliver(session, spooled ?? undefined)
  if (!said.ok) return said
  if (!said.value) return failed('spool-full', 'the snapshot is larger than the spool')
  return { ok: true, value: said.value }
}

/** Of what the service goes by: the canonical memory map, or all of a capture that cannot be read. */
function digestOf(files: CaptureFiles): string {
  const snapshot = readSnapshot(files)
  const text = snapshot.ok ? memoryText(snapshot.value) : JSON.stringify(wireFiles(files))
  return sha256(`${bootIdIn(files)}\n${text}`)
}
