import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { terminalOf } from '../../src/cli/terminal.ts'
import { MapFacts } from '../../src/wire/map.ts'
import { HOSTS } from '../capture.ts'
import { startApi, type Api } from '../http/api.ts'
import { createEntry, createPlan, post, snapshotOf, X86 } from '../http/fixtures.ts'
import { recordedIo } from './recorded-io.ts'
import { berth, enrollNamed, UNHURRIED } from './remote-berth.ts'
import { scratchFolder } from './scratch.ts'

const CAPTURE = join(HOSTS, 'arm64-dt-1g')
const KERNEL = ['--kernel', join(CAPTURE, 'kernel-header.bin'), '--kernel-size', '33000000']

async function run(...argv: string[]) {
  const io = recordedIo()
  const code = await runProgram(['map', ...argv], io)
  return { code, stdout: io.stdout(), stderr: io.stderr() }
}

describe('berth map --capture', () => {
  test('the memory of a capture, and without colour where nobody sees any', async () => {
    const { code, stdout, stderr } = await run('--capture', CAPTURE)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^arm64-dt-1g\narm64, /)
    expect(stdout).toContain('Kernel code')
    expect(stdout.includes('\u001b')).toBe(false)
  })

  test('a plan with the options of berth plan', async () => {
    const { code, stdout } = await run(
      '--capture',
      CAPTURE,
      ...KERNEL,
      '--initrd-size',
      '8000000',
      '--output',
      'json',
    )
    expect(code).toBe(0)
    const facts = MapFacts.parse(JSON.parse(stdout))
    const plan = facts.lanes.find(({ name }) => name === 'plan')
    expect(plan?.cells.map(({ label }) => label)).toEqual(expect.arrayContaining(['kernel', 'initrd', 'dtb']))
  })

  test('what has no place: 3, every hole, and what would make it fit', async () => {
    const { code, stdout } = await run('--capture', CAPTURE, ...KERNEL, '--initrd-size', '900000000')
    expect(code).toBe(3)
    expect(stdout).toContain('[1] 0x40000000')
    expect(stdout).toMatch(/→ An initrd smaller by /)
  })

  test('--svg: a file of its own, and one sentence about it', async () => {
    const file = join(scratchFolder(), 'map.svg')
    const { code, stdout, stderr } = await run('--capture', CAPTURE, '--svg', file, '--scale', 'linear')
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toContain(`written to ${file}`)
    const svg = readFileSync(file, 'utf8')
    expect([svg.startsWith('<svg '), svg.includes('<style>')]).toEqual([true, true])
  })

  test.each<[why: string, argv: string[], code: number, told: RegExp]>([
    ['help', ['--help'], 0, /berth map --capture captures/],
    ['a folder that is not there', ['--capture', 'nowhere'], 1, /^nowhere: unreadable-folder/],
    ['an option that nobody knows', ['--capture', CAPTURE, '--fast'], 2, /--fast/],
    [
      'what goes with a kernel without one',
      ['--capture', CAPTURE, '--initrd-size', '1'],
      2,
      /--kernel is missing/,
    ],
    ['a head for an image', ['--capture', CAPTURE, ...KERNEL.slice(0, 2)], 2, /--kernel-size is missing/],
    ['a file that cannot be written', ['--capture', CAPTURE, '--svg', '/nowhere/x.svg'], 1, /ENOENT/],
    ['no host at all', ['--server', 'http://127.0.0.1:1', '--key', 'k'], 2, /name a host/],
    ['two hosts', ['a', 'b', '--server', 'http://127.0.0.1:1', '--key', 'k'], 2, /b is not known here/],
    [
      'an option beside a host',
      ['a', '--fast', '--server', 'http://127.0.0.1:1', '--key', 'k'],
      2,
      /--fast is not/,
    ],
    ['a plan and a boot entry', ['a', '--plan', 'p', '--boot-entry', 'b'], 2, /cannot be used with/],
  ])('%s', async (_why, argv, code, told) => {
    const made = await run(...argv)
    expect([made.code, made.stdout + made.stderr]).toEqual([code, expect.stringMatching(told)])
  })
})

describe('berth map HOST', () => {
  let api: Api
  let entry: string
  let plan: string
  let snapshot: string
  beforeAll(async () => {
    api = await startApi({ config: UNHURRIED })
    const host = await enrollNamed(api, 'drawn')
    snapshot = (await post(api, host, snapshotOf(X86))).id
    entry = await createEntry(api)
    plan = await createPlan(api, host, { boot_entry: entry })
  })
  afterAll(() => api.close())

  test('as the service draws it', async () => {
    const { code, stdout } = await berth(api, ['map', 'drawn'])
    expect(code).toBe(0)
    const { items } = (await api.call({ method: 'get', path: '/v1/hosts?hostname=drawn', as: api.admin }))
      .body
    const path = `/v1/hosts/${items[0].id}/snapshots/${snapshot}/map`
    const text = await api.call({ method: 'get', path, as: api.admin, headers: { accept: 'text/plain' } })
    expect(stdout).toBe(text.text)
  })

  test('a plan, and another boot', async () => {
    const { stdout } = await berth(api, ['map', 'drawn', '--plan', plan, '--snapshot', snapshot])
    expect(stdout).toContain('kernel (new)')
  })

  test('a boot entry that fits, and one that does not', async () => {
    expect((await berth(api, ['map', 'drawn', '--boot-entry', entry])).code).toBe(0)
    const huge = await createEntry(api, X86, { initrd: { sha256: 'ab'.repeat(32), size: 3 * 2 ** 30 } })
    const refused = await berth(api, ['map', 'drawn', '--boot-entry', huge])
    expect([refused.code, refused.stdout]).toEqual([3, expect.stringContaining('[1]')])
  })

  test('the picture of the service in a file, to the byte', async () => {
    const file = join(scratchFolder(), 'map.svg')
    expect((await berth(api, ['map', 'drawn', '--plan', plan, '--svg', file])).code).toBe(0)
    const svg = await api.call({
      method: 'get',
      path: `/v1/plans/${plan}`,
      as: api.admin,
      headers: { accept: 'image/svg+xml' },
    })
    expect(readFileSync(file, 'utf8')).toBe(String(svg.body))
  })

  test('a host that nobody knows', async () => {
    const { code, stderr } = await berth(api, ['map', 'nobody'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('no host is called nobody')])
  })
})

test.each([
  ['a terminal', { isTTY: true, columns: 90 }, {}, { columns: 90, colour: true }],
  ['NO_COLOR', { isTTY: true, columns: 90 }, { NO_COLOR: '1' }, { columns: 90, colour: false }],
  [
    'an empty NO_COLOR says nothing',
    { isTTY: true, columns: 90 },
    { NO_COLOR: '' },
    { columns: 90, colour: true },
  ],
  ['a terminal that cannot', { isTTY: true, columns: 90 }, { TERM: 'dumb' }, { columns: 90, colour: false }],
  ['a pipe', {}, {}, { columns: 120, colour: false }],
  ['a pipe of a known width', {}, { COLUMNS: '70' }, { columns: 70, colour: false }],
  ['nonsense', {}, { COLUMNS: 'wide' }, { columns: 120, colour: false }],
])('%s', (_why, stream, environment, want) => {
  expect(terminalOf(stream, environment)).toEqual(want)
})
