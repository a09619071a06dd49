import type { Result } from '../../../src/planner/bytes/result.ts'
import type { BadInput } from '../../../src/planner/read/bad-input.ts'

/** `code line:column`, the part of a refusal that the tables state; a blob has no line. */
export function refused(result: Result<unknown, BadInput>): string {
  if (result.ok) return 'read'
  const { code, line, column } = result.error
  return `${code} ${line ?? '-'}:${column ?? '-'}`
}

/** The value of a reading that must succeed. */
export function readable<T>(result: Result<T, BadInput>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`)
  return result.value
}
