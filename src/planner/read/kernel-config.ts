import { err, ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import { refusal, refusedLine } from './lines.ts'

/** The running kernel's configuration: what is not set has no entry. */
export type KernelConfig = ReadonlyMap<string, string>

/** Reads /proc/config.gz, unpacked, or /boot/config-…: `CONFIG_NAME=value` and comments. */
export function readKernelConfig(text: string): Result<KernelConfig, BadInput> {
  const config = new Map<string, string>()
  const bad = refusedLine(text, 'kernel-config', (line) => {
    const content = line.text.slice(line.from, line.to)
    if (content === '' || content.startsWith('#')) return null
    const equals = content.indexOf('=')
    if (equals < 1) return refusal(line, line.from, 'bad-line', 'CONFIG_NAME=value, or a comment')
    config.set(content.slice(0, equals), content.slice(equals + 1))
    return null
  })
  return bad ? err(bad) : ok(config)
}
