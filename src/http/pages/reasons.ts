import type { ProblemError } from '../../client/index.ts'

/** What a refusal says, a sentence for each thing that is wrong. */
export function reasonsOf({ detail, errors }: ProblemError['problem']): string[] {
  if (!errors || errors.length === 0) return [detail]
  return errors.map(({ pointer, detail: why }) => `${pointer.replace(/^\//, '')}: ${why}`)
}
