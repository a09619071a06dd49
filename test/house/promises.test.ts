import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './source-files.ts'

/** The rows of the table in SECURITY.md: what is promised, and the test that holds it. */
const security = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')
const [, section = ''] = /^## Promises[^\n]*\n([^]*?)^## /m.exec(security) ?? []
const rows = section
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)

const QUOTES = ["'", '"', '`']

test('there is a table of promises', () => {
  expect(rows.length).toBeGreaterThan(20)
})

test.each(rows)('%s', (row) => {
  const [, promise, file = '', title = ''] = /^\| (.+?) +\| `([^`]+)`: (.+?) +\|$/.exec(row) ?? []
  expect(promise, 'a promise, a file, and the title of a test').toBeDefined()
  expect(file).toMatch(/^test\/.+\.ts$/)
  expect(existsSync(join(ROOT, file)), `${file} is there`).toBe(true)
  // It stands there as it is: as the title of a test or of many, or as the first column of a row.
  const text = readFileSync(join(ROOT, file), 'utf8')
  expect(QUOTES.filter((quote) => text.includes(quote + title + quote))).not.toEqual([])
})
