import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openapiDocument } from '../../src/http/openapi.ts'

const CHECKED_IN = new URL('../../openapi/openapi.json', import.meta.url)

test('openapi/openapi.json is what the schemas make; `npm run openapi:write` writes it', async () => {
  const made = `${JSON.stringify(await openapiDocument(), null, 2)}\n`
  if (process.env['WRITE_OPENAPI'] === '1') await writeFile(CHECKED_IN, made)
  expect(await readFile(CHECKED_IN, 'utf8')).toBe(made)
})
