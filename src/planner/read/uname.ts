import { err, ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import { readKernelRelease, type KernelRelease } from './kernel-release.ts'
import { onlyLine, placeOf } from './lines.ts'
import type { ArchName } from './snapshot.ts'

export interface Uname {
  /** The whole line, trimmed. */
  readonly text: string
  readonly release: KernelRelease
  readonly arch: ArchName
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
  const words = line.value.split(/ +/)
  if (words[0] !== 'Linux') return refused(text, line.value, 'bad-line', 'a line that begins with "Linux"')

  const releaseText = words[2] ?? ''
  const release = readKernelRelease(releaseText)
  if (!release) return refused(text, releaseText, 'bad-line', 'a kernel release such as 6.1.0, as third word')

  const machine = machineOf(words)
  const arch = ARCHES.get(machine)
  if (!arch) return refused(text, machine, 'unknown-arch', `a machine of ${[...ARCHES.keys()].join(', ')}`)
  return ok({ text: line.value, release, arch })
}

/** The word before the operating system's name; a few systems leave that name out. */
function machineOf(words: readonly string[]): string {
  const last = words.at(-1) ?? ''
  return ARCHES.has(last) ? last : (words.at(-2) ?? '')
}

function refused(
  text: string,
  found: string,
  code: 'bad-line' | 'unknown-arch',
  expected: string,
): { readonly ok: false; readonly error: BadInput } {
  const at = found === '' ? text.trimEnd().length : text.lastIndexOf(found)
  return err({ code, file: 'uname', ...placeOf(text, at), expected, found: found.slice(0, 80) })
}
