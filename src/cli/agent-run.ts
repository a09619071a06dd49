import { run } from '../agent/index.ts'
import { emulatedAgent, type AgentOptions } from './emulated-agent.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'

/** `berth agent run`: rounds until SIGTERM or SIGINT; a jump that has begun is carried through. */
export async function agentRunCommand(options: AgentOptions, io: Io): Promise<ExitCode> {
  let stopped = false
  const stop = () => {
    // A second signal means it: the question for an assignment may take a minute.
    if (stopped) process.exit(EXIT.failed)
    stopped = true
    io.err('stopping after this round; once more to stop at once\n')
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  await run(await emulatedAgent(options, io), () => stopped)
  return EXIT.ok
}
