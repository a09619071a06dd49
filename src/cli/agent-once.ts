import { once } from '../agent/index.ts'
import { emulatedAgent, type AgentOptions } from './emulated-agent.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'

/**
 * `berth agent once`: one round, and what came of it as JSON on standard output. Exit 0 when nothing was
 * assigned, or when the plan's kernel landed; the verdict is the service's.
 */
export async function agentOnceCommand(
  options: AgentOptions & { readonly wait: number },
  io: Io,
): Promise<ExitCode> {
  const round = await once(await emulatedAgent(options, io), options.wait)
  if (!round.ok) {
    io.err(`berth agent once: ${round.error.code}: ${round.error.detail}\n`)
    return EXIT.failed
  }
  const { snapshot, applied, after } = round.value
  const landing = after?.landing ?? null
  const told = { snapshot: snapshot.id, applied: applied?.outcome ?? null, after: after?.id ?? null, landing }
  io.out(`${JSON.stringify(told)}\n`)
  return applied === null || landing?.verdict === 'landed' ? EXIT.ok : EXIT.failed
}
