import { refusedFaults } from './judge.ts'
import type { Malformed } from './malformed.ts'
import { torn } from './pipelined.ts'
import type { Stage } from './stage.ts'
import { talk } from './talk.ts'

/** Says what is no request, and behind it one: it is refused, once, and the connection ends. */
export async function alone(
  { url, ledger, random }: Pick<Stage, 'url' | 'ledger' | 'random'>,
  { why, said }: Malformed,
): Promise<void> {
  const heard = await talk(url, ...torn(said, random.below(3), (n) => random.below(n))).heard
  ledger.requests++
  ledger.faults++
  ledger.wrong.push(...refusedFaults([], heard).map((one) => `${why}: ${one}`))
}
