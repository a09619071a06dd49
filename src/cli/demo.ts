import { demo, DEMO_HOSTS } from './demo/demo.ts'
import type { ExitCode, Io } from './io.ts'

const BOOTS = 2

/** `berth demo`: every captured host of the repository, two boots each. */
export function demoCommand({ keep }: { keep: boolean }, io: Io): Promise<ExitCode> {
  return demo({ keep, hosts: DEMO_HOSTS, only: [], boots: BOOTS }, io)
}
