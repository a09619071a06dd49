import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { HOSTS, loadCapture } from '../capture.ts'
import { planned, snapshotOf } from '../planner/host.ts'
import { toolsHost, toolsPlaces } from './kexec-tools.ts'
import { medianOf, shown } from './measure.ts'
import { serveBerth } from './served.ts'
import { SHORT } from './short.ts'
import { argumentsOf, compileYardstick } from './yardstick.ts'

const BERTH = fileURLToPath(new URL('../../dist/cli/berth.js', import.meta.url))
const CAPTURE = 'x86_64-seabios-2g'
const HEAD = new Uint8Array(readFileSync(join(HOSTS, CAPTURE, 'kernel-header.bin')))
const CMDLINE = 'root=/dev/vda1 ro nokaslr'
const ROUNDS = SHORT ? 1 : 11

const dir = mkdtempSync(join(tmpdir(), 'berth-start-'))
const yardstick = compileYardstick()
afterAll(() => {
  yardstick?.remove()
  rmSync(dir, { recursive: true })
})

interface Command {
  readonly name: string
  readonly words: readonly string[]
  /** Runs in one round: a shell counts processor time in hundredths of a second. */
  readonly times: number
}

/** Processor time of one run, with all that it starts. Units: milliseconds. */
function spentBy({ words, times }: Command): number {
  const loop = 'n=$1; shift; i=0; while [ $i -lt $n ]; do "$@" >/dev/null 2>&1; i=$((i+1)); done; times'
  const { stdout, status } = spawnSync('sh', ['-c', loop, 'sh', String(times), ...words], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the shell failed: ${words.join(' ')}`)
  const [user, system] = (stdout.trim().split('\n').at(-1) ?? '').split(' ').map((time) => {
    const [, minutes, seconds] = /^(\d+)m([\d.]+)s$/.exec(time) ?? []
    return Number(minutes) * 60_000 + Number(seconds) * 1000
  })
  return ((user ?? NaN) + (system ?? NaN)) / times
}

test('whole commands', () => {
  const files = loadCapture(CAPTURE)
  const tools = toolsHost(dir, files, HEAD, CMDLINE)
  const small = typeof tools === 'string' ? null : tools
  if (typeof tools === 'string') console.log(`kexec-tools left out: ${tools}`)
  const capture = join(HOSTS, CAPTURE)
  const image = { kernel: join(capture, 'kernel-header.bin'), kernelSize: 8_247_232, initrdSize: 0x100000 }
  const plan = (of: { kernel: string; kernelSize: number; initrdSize: number }, strategy: string) => [
    ...[process.execPath, BERTH, 'plan', '--capture', capture, '--kernel', of.kernel, '--json'],
    ...['--kernel-size', `${of.kernelSize}`, '--initrd-size', `${of.initrdSize}`, '--cmdline', CMDLINE],
    ...['--strategy', strategy],
  ]
  const c = yardstick && {
    name: 'the C program',
    words: [
      yardstick.program,
      ...argumentsOf({ ...image, ...yardstick.unpack(CAPTURE, files, HEAD), cmdline: CMDLINE }),
    ],
    times: 100,
  }
  const commands: Command[] = [
    { name: 'node -e 0', words: [process.execPath, '-e', '0'], times: 4 },
    { name: 'berth plan', words: plan(image, 'kexec_file'), times: 4 },
    { name: 'berth plan, as kexec-tools', words: plan(small ?? image, 'kexec_tools'), times: 4 },
    ...(c ? [c] : []),
    ...(small ? [{ name: 'kexec-tools', words: small.command, times: 100 }] : []),
  ].map((command) => ({ ...command, times: SHORT ? 1 : command.times }))
  const inside = (command: Command): Command =>
    small && command.name === 'kexec-tools'
      ? {
          ...command,
          words: [
            ...small.within,
            'sh',
            '-c',
            'n=$1; shift; i=0; while [ $i -lt $n ]; do "$@"; i=$((i+1)); done; true',
            'sh',
            String(command.times),
            ...command.words,
          ],
          times: 1,
        }
      : command
  const rounds = Array.from({ length: ROUNDS }, () =>
    commands.map((command) => {
      const spent = spentBy(inside(command))
      return command.name === 'kexec-tools' ? spent / command.times : spent
    }),
  )
  for (const [i, { name }] of commands.entries()) {
    const spent = medianOf(rounds.map((round) => round[i] as number))
    const toNode = medianOf(rounds.map((round) => (round[i] as number) / (round[0] as number)))
    console.log(`  ${name.padEnd(28)}${shown(spent).padStart(8)} ms CPU  ${toNode.toFixed(2)} × node -e 0`)
  }
  expect(rounds.every((round) => round.length === commands.length)).toBe(true)
})

test('kexec-tools itself chooses the places that we say it would', (context) => {
  const files = loadCapture(CAPTURE)
  const host = toolsHost(dir, files, HEAD, CMDLINE)
  if (typeof host === 'string') return context.skip(host)
  const head = HEAD.slice()
  new DataView(head.buffer).setUint32(0x260, 2 * host.kernelSize, true)
  const { segments } = planned(snapshotOf(files), {
    kernel: { head, size: host.kernelSize },
    initrdSize: host.initrdSize,
    cmdline: CMDLINE,
    strategy: 'kexec_tools',
  })
  expect(toolsPlaces(host)).toEqual(
    expect.arrayContaining(segments.map((s) => `${s.mem} 0x${s.memsz.toString(16)}`)),
  )
})

test('the service, from nothing to ready', async () => {
  const database = `file:${join(dir, 'berth.db')}`
  const first = await started(database)
  const took: Start[] = []
  const bare: number[] = []
  for (let i = 0; i < ROUNDS; i++) {
    const began = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    bare.push(performance.now() - began)
    took.push(await started(database))
  }
  const ratio = medianOf(took.map((t, i) => t.clock / (bare[i] as number)))
  const [clock, cpu] = [medianOf(took.map((t) => t.clock)), medianOf(took.map((t) => t.cpu))]
  console.log(
    `  an existing database: ${shown(cpu)} ms CPU, ${shown(clock)} ms by the clock, ${ratio.toFixed(1)} × node -e 0`,
  )
  console.log(`  a new one: ${shown(first.cpu)} ms CPU, ${shown(first.clock)} ms by the clock`)
  expect(took.length).toBe(ROUNDS)
})

interface Start {
  /** Units of both: milliseconds. */
  readonly clock: number
  readonly cpu: number
}

async function started(database: string): Promise<Start> {
  const served = await serveBerth(database, { BERTH_LOG_LEVEL: 'silent' })
  const took = { clock: served.readyAfter, cpu: served.cpu() }
  await served.stop()
  return took
}
