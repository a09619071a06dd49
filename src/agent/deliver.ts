import type { Result } from '../planner/index.ts'
import type { PostedSnapshot } from './client.ts'
import { isFinal, type AgentFailure } from './failure.ts'
import { endsPlan, type AgentReport, type Message } from './message.ts'
import type { Session } from './session.ts'
import type { Spooled } from './spool.ts'

/** What the service said to a message: the snapshot it made of it, or null to a report. */
export type Delivered = Result<PostedSnapshot | null, AgentFailure>

/**
 * Says everything that is waiting, in order; where `upTo` is given, up to that one, and the answer to it.
 * What the service will never take is given up.
 *
 * Errors: why the service cannot be told now, and all that is left keeps its place; why it never takes `upTo`.
 */
export async function deliver(session: Session, upTo?: Spooled): Promise<Delivered> {
  const { spool, say } = session
  let last: Delivered = { ok: true, value: null }
  for (const spooled of await spool.waiting()) {
    const { id, message } = spooled
    last = await send(session, spooled)
    if (!last.ok && !isFinal(last.error)) return last
    if (!last.ok) say(`the service does not take ${nameOf(message)}: ${last.error.detail}`)
    if (endsPlan(message)) await session.step('outcome-reported')
    await spool.done(id)
    if (last.ok && id === session.shown?.id)
      session.posted = { digest: session.shown.digest, at: session.now() }
    if (last.ok && last.value?.landing) {
      say(`plan ${last.value.landing.plan}: ${last.value.landing.verdict}`)
    }
    if (id === upTo?.id) break
  }
  return upTo ? last : { ok: true, value: null }
}

/**
 * Keeps a report and says it, with everything that waits before it. One that was taken before is not said again.
 *
 * Errors: the service was not told, or does not take it.
 */
export async function tell(session: Session, report: AgentReport): Promise<Result<null, AgentFailure>> {
  const { step, spool } = session
  const message: Message = { kind: 'report', report }
  const spooled = await spool.add(message)
  if (report.phase === 'loaded') await step('loaded-spooled')
  if (report.phase === 'executing') await step('executing-spooled')
  if (endsPlan(message)) await step('outcome-spooled')
  if (!spooled) return { ok: true, value: null }
  const said = await deliver(session, spooled)
  return said.ok ? { ok: true, value: null } : said
}

function send({ client, agent }: Session, { id, message }: Spooled): Promise<Delivered> {
  if (message.kind === 'report') return client.report(message.report, id)
  return client.postSnapshot(agent.identity.host, message.boot_id, message.files, id)
}

function nameOf(message: Message): string {
  if (message.kind === 'snapshot') return `the snapshot of boot ${message.boot_id}`
  return `the report of plan ${message.report.plan}, ${message.report.phase}`
}
