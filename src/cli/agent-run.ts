import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../agent/index.ts'
import { emulatedAgent, type AgentOptions } from './emulated-agent.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { soleAgent } from './sole-agent.ts'

/** `berth agent run`: rounds until SIGTERM or SIGINT; a jump that was announced is carried through. */
export async function agentRunCommand(options: AgentOptions, io: Io): Promise<ExitCode> {
  const stopping = new AbortController()
  const { signal } = stopping
  const stop = () => {
    // A second signal means it.
    if (signal.aborted) process.exit(EXIT.failed)
    io.err('stopping after this step; once more to stop at once\n')
    stopping.abort()
  }
  const end = await soleAgent(options.identity)
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  try {
    const agent = await emulatedAgent(options, io)
    // Nobody waits for a pause to end when the agent is to end.
    const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {})
    await run({ ...agent, signal, sleep: pause }, () => signal.aborted)
    return EXIT.ok
  } finally {
    process.off('SIGTERM', stop)
    process.off('SIGINT', stop)
    await end()
  }
}
