import { readVarints, varints } from './varints.ts'

/** A boot log in two parts: what its lines say, which the next boot says again, and when, which it does not. */
export interface TimedLog {
  /** Its lines without their stamps; one that has none, or one of another form, stands whole behind a mark. */
  readonly text: string
  /** How long after the stamp before each stamp is, as varints. Units: microseconds. */
  readonly times: Uint8Array
}

/** Stands before a line that has no stamp of the kernel's own form. */
const WHOLE = '\u0001'
const STAMP = /^\[ *(\d{1,9})\.(\d{6})\]/

/** Takes the stamps out of a boot log; `withTimes` puts them back. */
export function splitTimes(log: string): TimedLog {
  const steps: number[] = []
  let last = 0
  const lines = log.split('\n').map((line) => {
    const [stamp, seconds, fraction] = STAMP.exec(line) ?? []
    if (stamp === undefined) return WHOLE + line
    const time = Number(seconds) * 1_000_000 + Number(fraction)
    const rest = line.slice(stamp.length)
    if (stampOf(time) !== stamp || rest.startsWith(WHOLE)) return WHOLE + line
    steps.push(signed(time - last))
    last = time
    return rest
  })
  return { text: lines.join('\n'), times: varints(steps) }
}

/** Errors: throws where there are fewer stamps than lines that want one. */
export function withTimes({ text, times }: TimedLog): string {
  const steps = readVarints(times)
  let last = 0
  return text
    .split('\n')
    .map((line) => {
      if (line.startsWith(WHOLE)) return line.slice(1)
      const { value } = steps.next()
      if (value === undefined) throw new Error('a boot log has more lines than stamps')
      last += unsigned(value)
      return stampOf(last) + line
    })
    .join('\n')
}

/** As the kernel prints it. */
function stampOf(time: number): string {
  const seconds = Math.floor(time / 1_000_000)
  return `[${String(seconds).padStart(5)}.${String(time - seconds * 1_000_000).padStart(6, '0')}]`
}

/** Two CPUs can make a step back: those are odd. */
function signed(step: number): number {
  return step < 0 ? -step * 2 - 1 : step * 2
}

function unsigned(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}
