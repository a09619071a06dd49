import type { ArchName } from '../names.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import { readKernelRelease, type KernelRelease } from './kernel-release.ts'
import { onlyLine, placeOf, type Refused } from './lines.ts'

export interface Uname {
  /** The whole line, trimmed. */
  readonly text: string
  readonly release: KernelRelease
  readonly arch: ArchName
}

interface Word {
  readonly word: string
  readonly at: number
}

const ARCHES: ReadonlyMap<string, ArchName> = new Map([
  ['aarch64', 'arm64'],
  ['x86_64', 'x86_64'],
])

/**
 * Reads `uname -a`: system, host name, release, version and machine, then the operating system's name.
 *
 * Errors: `bad-line` with a column, `unknown-arch` that names the machine, and those of any text.
 */
export function readUname(text: string): Result<Uname, BadInput> {
  const line = onlyLine(text, 'uname')
  if (!line.ok) return line
  const words = [...text.matchAll(/\S+/g)].map((found) => ({ word: found[0], at: found.index }))
  const [system, , third] = words
  if (system?.word !== 'Linux') return refused(text, system, 'bad-line', 'a line that begins with "Linux"')

  const release = readKernelRelease(third?.word ?? '')
  if (!release) return refused(text, third, 'bad-line', 'a kernel release such as 6.1.0, as third word')

  const machine = machineOf(words)
  const arch = ARCHES.get(machine?.word ?? '')
  if (!arch) return refused(text, machine, 'unknown-arch', `a machine of ${[...ARCHES.keys()].join(', ')}`)
  return ok({ text: line.value, release, arch })
}

/** The word before the operating system's name; a few systems leave that name out. */
function machineOf(words: readonly Word[]): Word | undefined {
  const last = words.at(-1)
  return last && ARCHES.has(last.word) ? last : words.at(-2)
}

/** Without a word the place is the end of the line. */
function refused(
  text: string,
  found: Word | undefined,
  code: 'bad-line' | 'unknown-arch',
  expected: string,
): Refused {
  const place = placeOf(text, found?.at ?? text.trimEnd().length)
  return err({ code, file: 'uname', ...place, expected, found: (found?.word ?? '').slice(0, 80) })
}
