import { stripVTControlCharacters } from 'node:util'
import { stringify } from 'yaml'
import { EXIT, type ExitCode, type Io } from './io.ts'

export const OUTPUTS = ['table', 'json', 'yaml'] as const
export type Output = (typeof OUTPUTS)[number]

/** Prints in the form that was asked for; `text` is that for people, and coloured only where that is wanted. */
export function show(io: Io, output: Output | undefined, body: unknown, text: () => string): ExitCode {
  if (output === 'json') io.out(`${JSON.stringify(body)}\n`)
  // Each document says where it begins: an answer may be one of many.
  else if (output === 'yaml') io.out(`---\n${yamlText(body)}`)
  else io.out(io.color ? text() : stripVTControlCharacters(text()))
  return EXIT.ok
}

/** As YAML, without folding long lines. */
export function yamlText(body: unknown): string {
  return stringify(body, { lineWidth: 0 })
}
