import type { Result } from '../planner/index.ts'
import { isQuarantine, isUnwelcome, type AgentFailure } from './failure.ts'
import { isUnderWay } from './journal.ts'
import { roundOf, type Round } from './loop.ts'
import { backoffMs, pollMs, slowMs, splayMs } from './pace.ts'
import { sessionOf, type Agent, type Session } from './session.ts'

/** How long the service may keep a question for an assignment; as much again as one interval of the loop. */
const WAIT_SECONDS = 60

/**
 * Rounds until `stopped` says so, which is asked between any two steps; a jump that was announced is carried
 * through. A round that failed is no reason to stop: the service may be away.
 *
 * The first call is spread over one interval, but not where a boot has to be told of: few hosts boot at a
 * time on purpose, and the next ones wait for it.
 */
export async function run(
  agent: Agent,
  stopped: () => boolean,
  waitSeconds: number = WAIT_SECONDS,
): Promise<void> {
  const session = sessionOf(agent)
  const { now, random } = session
  const intervalMs = Math.max(waitSeconds, 1) * 1000
  const left = await agent.journal.read()
  if (!(left && isUnderWay(left))) await agent.sleep(splayMs(intervalMs, random))
  let failures = 0
  while (!stopped()) {
    const began = now()
    const periodMs = pollMs(intervalMs, random)
    const wait = Math.min(waitSeconds, Math.floor(periodMs / 1000))
    const round = await roundOf(session, { waitSeconds: wait, stopped }).catch(fault)
    if (stopped()) return
    const why = whyNot(round)
    failures = why === null ? 0 : failures + 1
    tellStanding(session, round)
    const pauseMs = why === null ? began + periodMs - now() : pauseAfter(why, failures - 1, session)
    if (pauseMs > 0) await agent.sleep(pauseMs)
  }
}

/** A full disk or a capture that cannot be taken now is no end of the agent either. */
function fault(thrown: unknown): Result<Round, AgentFailure> {
  const detail = thrown instanceof Error ? thrown.message : String(thrown)
  return { ok: false, error: { code: 'interrupted', detail } }
}

function whyNot(round: Result<Round, AgentFailure>): AgentFailure | null {
  if (!round.ok) return round.error
  const { applied } = round.value
  return applied && applied.outcome !== 'jumped' ? applied.because : null
}

/** What the service asks for goes before everything that the agent would do by itself. */
function pauseAfter(why: AgentFailure, failures: number, { random }: Session): number {
  if (why.retryAfterMs !== undefined) return why.retryAfterMs
  if (isQuarantine(why) || isUnwelcome(why)) return slowMs(random)
  return backoffMs(failures, random)
}

/** Says that this host may not act when it begins and when it ends, and everything else as it comes. */
function tellStanding(session: Session, round: Result<Round, AgentFailure>): void {
  if (round.ok) {
    if (session.isShutOut) session.say('the service takes this host again')
    session.isShutOut = false
    return
  }
  const { code, detail } = round.error
  if (!isQuarantine(round.error) && !isUnwelcome(round.error)) {
    session.say(`${code}: ${detail}`)
    return
  }
  if (session.isShutOut) return
  session.isShutOut = true
  const until = isQuarantine(round.error)
    ? 'an operator releases this host'
    : 'the service knows this host again'
  session.say(`${detail}; nothing is applied until ${until}`)
}
