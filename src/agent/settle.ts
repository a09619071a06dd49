import type { CaptureFiles, Result } from '../planner/index.ts'
import { bootIdIn } from './apply.ts'
import type { PostedSnapshot } from './client.ts'
import { tell } from './deliver.ts'
import { isFinal, type AgentFailure } from './failure.ts'
import { runHooks } from './hooks.ts'
import { isUnderWay, type JournalEntry } from './journal.ts'
import { show } from './look.ts'
import { detailOf } from './message.ts'
import type { Session } from './session.ts'

/** How long a host that was told to go through firmware may still be up. */
const STILL_GOING_MS = 5 * 60_000

/**
 * Brings to an end what the journal says is under way: after a boot, or after the agent was killed.
 *
 * In the same boot it was the agent that ended. Nobody knows how far it came, so nothing is done twice: what is
 * loaded is dropped, and the plan failed. In another boot the snapshot is the proof, whatever was meant to happen.
 * The snapshot that was shown, null where there was nothing to show.
 *
 * Errors: the service was not told yet; what it has to know waits in the spool.
 */
export async function settle(
  session: Session,
  files: CaptureFiles,
): Promise<Result<PostedSnapshot | null, AgentFailure>> {
  const { agent, step } = session
  const entry = await agent.journal.read()
  if (!entry || !isUnderWay(entry)) return { ok: true, value: null }
  if (entry.boot_id === bootIdIn(files)) {
    // Whoever was told to take the power away, or to end this boot, may be about to.
    if (entry.mode && entry.phase === 'executing') await agent.sleep(STILL_GOING_MS)
    await agent.backend.unload()
    const detail = `interrupted: the agent ended when it had come to: ${entry.phase}`
    const said = await tell(session, { plan: entry.plan, phase: 'failed', boot_id: entry.boot_id, detail })
    await agent.journal.write({ ...entry, phase: 'failed' })
    await step('outcome-written')
    return said.ok || isFinal(said.error) ? { ok: true, value: null } : said
  }
  await step('boot-up')
  const shown = await show(session, files, true)
  if (entry.phase === 'executing') await afterBoot(session, entry, files)
  await step('post-boot-hooks-run')
  await agent.journal.write({ ...entry, phase: 'settled' })
  await step('outcome-written')
  return shown
}

/** The evidence went first: a hook can only add to it. */
async function afterBoot(session: Session, entry: JournalEntry, files: CaptureFiles): Promise<void> {
  const { agent, say } = session
  if (!agent.hooks) return
  const run = await runHooks(agent.hooks, 'post-boot', {
    BERTH_PLAN: entry.plan,
    BERTH_HOST: agent.identity.host,
    BERTH_BOOT_ID: bootIdIn(files),
  })
  const words = run.ok ? 'the post-boot hooks ended well' : `${run.error.code}: ${run.error.detail}`
  if (!run.ok) say(words)
  if (!entry.post_boot) return
  const { plan } = entry
  await tell(session, { plan, phase: 'booted', boot_id: bootIdIn(files), detail: detailOf(words) })
}
