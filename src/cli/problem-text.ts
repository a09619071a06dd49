import type { Refused } from '../client/problem.ts'
import { err } from '../planner/bytes/result.ts'
import type { NoCommonGround } from '../planner/plan/group-refusal.ts'
import { groupPinsText } from '../planner/plan/group-pins-text.ts'
import { EXIT, type ExitCode } from './io.ts'
import { exactSize } from './size.ts'

/** Policy, or the memory itself, stands against it: nothing is wrong with the request. */
const REFUSALS: readonly string[] = ['pin-broken', 'no-hole', 'no-common-ground']

/** A problem answer in words: one sentence, then a line for each wrong place of the input, or what else was said. */
export function problemText(problem: Refused): string {
  const { code, status, detail, errors = [] } = problem
  // Without a code it is not the service that speaks.
  if (code === undefined) return `the service answered ${status} without saying why`
  const lines = errors.map((error) => `\n  ${error.pointer}: ${error.detail}`)
  return `${detail} (${code})${lines.join('')}${evidence(problem)}`
}

/** What would help whoever was refused. */
function evidence(problem: Refused): string {
  const { code, nearest, change } = problem
  if (code === 'no-common-ground') {
    // The first line says what the sentence has said.
    const [, ...rest] = groupPinsText(err(problem as unknown as NoCommonGround))
      .trimEnd()
      .split('\n')
    return rest.map((line) => `\n${line}`).join('')
  }
  const place = nearest ? `\n  nearest place: ${nearest.mem} with room for ${exactSize(nearest.room)}` : ''
  return `${place}${change ? `\n  ${change.sentence}` : ''}`
}

/** What a command leaves with when its request ended in a problem. */
export function problemExit({ code = '' }: { readonly code?: string }): ExitCode {
  return REFUSALS.includes(code) ? EXIT.noHole : EXIT.failed
}
