import { expect, test } from 'vitest'
import { sourceFiles } from './source-files.ts'

/** A longer file holds more than one noun or verb. */
const MAX_LINES = 220

/** Longer all the same, and why. */
const WITH_REASON: { readonly [path: string]: string } = {}

const files = sourceFiles('src', ['.ts', '.tsx']).map(({ path, text }) => ({
  path,
  lines: text.split('\n').length - 1,
}))

test(`no file of src has more than ${MAX_LINES} lines without a reason`, () => {
  const long = files.filter(({ path, lines }) => lines > MAX_LINES && !(path in WITH_REASON))
  expect(long).toEqual([])
})

test('no reason is older than its file', () => {
  const needed = files.filter(({ lines }) => lines > MAX_LINES).map(({ path }) => path)
  expect(Object.keys(WITH_REASON).filter((path) => !needed.includes(path))).toEqual([])
})
