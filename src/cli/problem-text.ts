import { err } from '../planner/bytes/result.ts'
import type { NoCommonGround } from '../planner/plan/group-refusal.ts'
import { groupPinsText } from '../planner/plan/group-pins-text.ts'
import type { Problem } from '../wire/problem.ts'
import { EXIT, type ExitCode } from './io.ts'
import { exactSize } from './size.ts'

/** Policy, or the memory itself, stands against it: nothing is wrong with the request. */
const REFUSALS: readonly string[] = ['pin-broken', 'no-hole', 'no-common-ground']

/** A problem answer in words: one sentence, then a line for each wrong place of the input, or what else was said. */
export function problemText(status: number, text: string): string {
  const problem = problemIn(text)
  if (!problem) return `the service answered ${status} without saying why`
  const { code, detail, errors = [] } = problem
  const lines = errors.map((error) => `\n  ${error.pointer}: ${error.detail}`)
  return `${detail} (${code})${lines.join('')}${evidence(problem)}`
}

/** What would help whoever was refused. */
function evidence(problem: Problem): string {
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
export function problemExit(text: string): ExitCode {
  const code: string = problemIn(text)?.code ?? ''
  return REFUSALS.includes(code) ? EXIT.noHole : EXIT.failed
}

function problemIn(text: string): Problem | null {
  try {
    const problem = JSON.parse(text) as Problem | null
    return typeof problem?.code === 'string' && typeof problem.detail === 'string' ? problem : null
  } catch {
    return null
  }
}
