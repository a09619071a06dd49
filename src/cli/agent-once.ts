import { once } from '../agent/index.ts'
import { emulatedAgent, type AgentOptions } from './emulated-agent.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { soleAgent } from './sole-agent.ts'

/**
 * `berth agent once`: one round, and what came of it as JSON on standard output. Exit 0 when nothing was
 * assigned, or when the plan's kernel landed; the verdict is the service's.
 */
export async function agentOnceCommand(
  options: AgentOptions & { readonly wait: number },
  io: Io,
): Promise<ExitCode> {
  const end = await soleAgent(options.identity)
  try {
    const round = await once(await emulatedAgent(options, io), options.wait)
    if (!round.ok) {
      io.err(`berth agent once: ${round.error.code}: ${round.error.detail}\n`)
      return EXIT.failed
    }
    const { snapshot, applied, after } = round.value
    const landing = after?.landing ?? null
    const ids = {
      snapshot: snapshot?.id ?? null,
      applied: applied?.outcome ?? null,
      after: after?.id ?? null,
    }
    io.out(`${JSON.stringify({ ...ids, landing })}\n`)
    return applied === null || landing?.verdict === 'landed' ? EXIT.ok : EXIT.failed
  } finally {
    await end()
  }
}
