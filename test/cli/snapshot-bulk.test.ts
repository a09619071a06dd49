import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type Api } from '../http/api.ts'
import { enroll, snapshotOf, X86 } from '../http/fixtures.ts'
import { berth, UNHURRIED } from './remote-berth.ts'
import { scratchFolder } from './scratch.ts'

let api: Api
beforeAll(async () => {
  api = await startApi({ config: UNHURRIED })
})
afterAll(() => api.close())

async function fileOf(lines: readonly unknown[]): Promise<string> {
  const file = join(scratchFolder(), 'fleet.ndjson')
  await writeFile(
    file,
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
  )
  return file
}

const lineOf = (host: string, boot: string) => ({ host, ...snapshotOf(X86, boot) })

test('a result for each line of the file, and the sum', async () => {
  const { id } = await enroll(api)
  const file = await fileOf([lineOf(id, 'b1'), lineOf(id, 'b1')])
  const { code, stdout, stderr } = await berth(api, ['snapshot', 'bulk', file])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [first, second, ...rest] = stdout.split('\n')
  expect(first).toMatch(new RegExp(`^line 1: new: snap_\\w+ of ${id}$`))
  expect(second).toBe(first?.replace('line 1: new', 'line 2: known'))
  expect(rest).toEqual(['', '1 new, 1 known, 0 refused', ''])
})

test('refused lines are told by their number in the file, over all requests: exit 1', async () => {
  const { id } = await enroll(api)
  // More than go into one request, and blank lines between them.
  const lines = Array.from({ length: 250 }, (_, i) => (i % 100 === 0 ? '' : 'x'))
  const file = await fileOf([...lines, lineOf(id, 'b1')])
  const { code, stdout } = await berth(api, ['snapshot', 'bulk', file, '--output', 'json'])
  expect(code).toBe(1)
  const told = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { line: number; status: number; summary?: object })
  const blank = [1, 101, 201]
  const numbers = Array.from({ length: 251 }, (_, i) => i + 1).filter((n) => !blank.includes(n))
  expect(told.slice(0, -1).map(({ line }) => line)).toEqual(numbers)
  expect(told.at(-2)).toMatchObject({ line: 251, status: 201, host: id })
  expect(told.at(-1)).toEqual({ summary: { results: 248, created: 1, known: 0, failed: 247 } })
})

test('what is wrong with a line is told with its place', async () => {
  const { id } = await enroll(api)
  const file = await fileOf([{ host: id, ...snapshotOf(X86, 'b', { iomem: '0000-' }) }])
  const { code, stdout } = await berth(api, ['snapshot', 'bulk', file])
  expect(code).toBe(1)
  expect(stdout).toContain(`line 1: refused for ${id}: the snapshot could not be read`)
  expect(stdout).toContain('  /files/iomem: iomem at line 1: expected ')
})

test('no such file, and no right to: exit 1', async () => {
  const missing = await berth(api, ['snapshot', 'bulk', '/nowhere/fleet.ndjson'])
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('/nowhere/fleet.ndjson')])
  const key = await berth(
    api,
    ['snapshot', 'bulk', await fileOf(['x'])],
    'berth_viewer_x_00000000000000000000',
  )
  expect([key.code, key.stderr]).toEqual([1, expect.stringContaining('unauthenticated')])
})
