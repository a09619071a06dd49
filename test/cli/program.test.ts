import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { captureFilesIn } from '../../src/cli/capture-folder.ts'
import { loadCapture } from '../capture.ts'
import { recordedIo } from './recorded-io.ts'
import { scratchFolder } from './scratch.ts'

async function run(...argv: string[]) {
  const io = recordedIo()
  const code = await runProgram(argv, io)
  return { code, stdout: io.stdout(), stderr: io.stderr() }
}

describe('berth', () => {
  test('--version is that of package.json', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('--help names every subcommand', async () => {
    const { code, stdout } = await run('--help')
    expect(code).toBe(0)
    for (const name of ['plan', 'capture', 'serve', 'key', 'agent', 'demo']) {
      expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
    }
    expect(stdout).toMatch(/^exit:\n {2}0 {2}done\n {2}1 .*\n {2}2 .*\n {2}3 .*\n {2}4 /m)
  })

  test.each<[why: string, argv: string[], named: string]>([
    ['no subcommand', [''], 'Usage: berth'],
    ['a subcommand that there is not', ['boot'], "unknown command 'boot'"],
    ['a slip of the finger', ['rolout', 'list'], '(Did you mean rollout?)'],
    ['one level down', ['rollout', 'shw'], '(Did you mean show?)'],
    ['in an option', ['hosts', '--gruop', 'web'], '(Did you mean --group?)'],
    ['colours that there are not', ['hosts', '--color', 'pink'], '--color'],
    ['an option that there is not', ['capture', 'dir', '--fast'], '--fast'],
    ['a role that there is not', ['key', 'create', '--role', 'root', '--name', 'x'], '--role'],
    [
      'a key that ends before it begins',
      ['key', 'create', '--role', 'admin', '--name', 'x', '--expires-in', '0'],
      '--expires-in',
    ],
    ['an agent without a host to emulate', ['agent', 'once'], '--emulate'],
    ['a wait that is too long', ['agent', 'once', '--emulate', 'dir', '--wait', '61'], '--wait'],
  ])('usage, %s: exit 2', async (_why, argv, named) => {
    const { code, stderr } = await run(...argv)
    expect(code).toBe(2)
    expect(stderr).toContain(named)
  })

  test('plan goes on to its own options, through here too', async () => {
    const { code, stderr } = await run('plan', '--fast')
    expect(code).toBe(2)
    expect(stderr).toContain('--fast')
  })

  test('what a subcommand throws is one sentence and exit 1', async () => {
    const identity = join(scratchFolder(), 'none.json')
    expect(await run('agent', 'once', '--identity', identity, '--emulate', 'nowhere')).toEqual({
      code: 1,
      stdout: '',
      stderr: `berth: ${identity} is not there: enrol first (berth agent enroll)\n`,
    })
  })
})

/** Commands under the titles of a help text; those of options and operands are none. */
function commandsIn(help: string): string[] {
  const sections = help
    .split(/^(?=\S.*:$)/m)
    .filter((part) => !/^(Usage|Options|Arguments|examples|exit)/.test(part))
  return sections.flatMap((part) => [...part.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name = '']) => name))
}

async function everyCommand(at: readonly string[]): Promise<{ line: string; help: string }[]> {
  const { code, stdout } = await run(...at, '--help')
  expect(code).toBe(0)
  const below = commandsIn(stdout).filter((name) => name !== 'help')
  const found = await Promise.all(below.map((name) => everyCommand([...at, name])))
  return [...(below.length === 0 ? [{ line: at.join(' '), help: stdout }] : []), ...found.flat()]
}

test('every command has an example of itself, and its exit codes, in its help', async () => {
  const all = await everyCommand([])
  expect(all.length).toBeGreaterThan(80)
  // These have usage texts of their own.
  const others = all.filter(({ line }) => !['plan', 'compare', 'calibrate'].includes(line))
  const lacking = others.filter(
    ({ line, help }) => !/^exit: 0 /m.test(help) || !new RegExp(`^ {2}.*berth ${line}\\b`, 'm').test(help),
  )
  expect(lacking.map(({ line }) => line)).toEqual([])
})

describe('berth capture', () => {
  test('writes what another root holds, and it reads back', async () => {
    const root = rootOf('x86_64-seabios-2g')
    const dir = join(scratchFolder(), 'capture')
    const { code, stdout } = await run('capture', dir, '--root', root)
    expect(code).toBe(0)
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['iomem.txt', 'cmdline.txt', 'uname.txt']))
    const { iomem, cmdline } = loadCapture('x86_64-seabios-2g')
    expect(captureFilesIn(dir)).toMatchObject({ iomem, cmdline })
  })

  test('masked addresses are written, and told', async () => {
    const root = rootOf('x86_64-seabios-2g')
    writeFileSync(join(root, 'proc/iomem'), '00000000-00000000 : System RAM\n'.repeat(3))
    const dir = join(scratchFolder(), 'capture')
    const { code, stderr } = await run('capture', dir, '--root', root)
    expect(code).toBe(1)
    expect(stderr).toContain(`${dir}/iomem.txt`)
    expect(stderr).toContain('masked-addresses')
  })
})

/** A root folder with the few files that a capture needs, as the host of another capture had them. */
function rootOf(name: string): string {
  const root = scratchFolder()
  const { iomem = '', cmdline = '', uname = '' } = loadCapture(name)
  const [, , release = '', ...version] = uname.split(' ')
  const files = {
    'proc/iomem': iomem,
    'proc/cmdline': cmdline,
    'proc/sys/kernel/ostype': 'Linux\n',
    'proc/sys/kernel/hostname': 'host\n',
    'proc/sys/kernel/osrelease': `${release}\n`,
    'proc/sys/kernel/version': `${version.slice(0, -2).join(' ')}\n`,
    'proc/sys/kernel/arch': 'x86_64\n',
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}
