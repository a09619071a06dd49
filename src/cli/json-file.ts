import { readFileSync } from 'node:fs'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import { reasonOf, wholeFile, type InputError } from './input-error.ts'

/** Reads a JSON file. Errors: what is no JSON with line and column. */
export function readJsonFile(path: string): Result<unknown, InputError> {
  const text = readTextFile(path)
  if (!text.ok) return text
  try {
    return ok(JSON.parse(text.value) as unknown)
  } catch (thrown) {
    const found = reasonOf(thrown)
    return err({ code: 'bad-json', file: path, ...placeOf(text.value, found), expected: 'JSON', found })
  }
}

export function readTextFile(path: string): Result<string, InputError> {
  const bytes = readBytesFile(path)
  return bytes.ok ? ok(bytes.value.toString('utf8')) : bytes
}

export function readBytesFile(path: string): Result<Buffer, InputError> {
  try {
    return ok(readFileSync(path))
  } catch (thrown) {
    return err(wholeFile('unreadable-file', path, 'a file that can be read', reasonOf(thrown)))
  }
}

/** Line and column of the position that the JSON parser names, where it names one. */
function placeOf(text: string, message: string): { line: number | null; column: number | null } {
  const position = /at position ([0-9]+)/.exec(message)?.[1]
  if (position === undefined) return { line: null, column: null }
  const before = text.slice(0, Number(position)).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}
