import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { calibrate, readDebugLines, type Calibration, type PlanRequest } from '../../../src/planner/index.ts'
import { loadCapture } from '../../capture.ts'
import { planned, sha256, snapshotOf, x86Host } from '../host.ts'
import { trueLoads, type TrueLoad } from '../truth.ts'

/** What a kernel printed while it placed: the log's lines, from the truth beside the capture. */
function rawOf({ capture, tag }: TrueLoad): string {
  const truth = JSON.parse(
    readFileSync(new URL(`../../hosts/${capture}/truth.json`, import.meta.url), 'utf8'),
  ) as Record<string, { raw?: string[]; load?: { raw?: string[] } }>
  const answer = truth[tag]
  return (answer?.raw ?? answer?.load?.raw ?? []).join('\n')
}

function trialOf(load: TrueLoad): PlanRequest {
  return {
    snapshot: snapshotOf(loadCapture(load.capture)),
    kernel: { head: load.header, size: load.kernelSize },
    initrdSize: load.initrdSize,
    cmdline: load.cmdline,
    purpose: load.purpose,
    strategy: 'kexec_file',
    pins: [],
    booted: [],
  }
}

function calibrated(load: TrueLoad, raw: string): Calibration {
  const lines = readDebugLines(raw)
  if (!lines.ok) throw new Error(JSON.stringify(lines.error))
  const made = calibrate(trialOf(load), lines.value, sha256)
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  return made.value
}

const loads = trueLoads('kexec_file').filter((load) => load.error === null && load.segments.length > 0)
const told = loads.filter((load) => /Loading segment|segment\[/.test(rawOf(load)))

describe('the debug lines of a real load confirm the rules of its release', () => {
  test('of every load that left lines behind, and of every capture that has one', () => {
    expect(told.length).toBe(loads.length)
    expect(new Set(told.map((l) => l.capture)).size).toBeGreaterThan(50)
  })

  test.each(told.map((l) => [`${l.capture} ${l.tag}`, l] as const))('%s', (_name, load) => {
    const got = calibrated(load, rawOf(load))
    expect(got).toMatchObject({ confirmed: true, differences: [] })
    expect(got.rules).toMatch(/^(arm64|x86_64)\/(5\.10|6\.8)$/)
    expect(Object.keys(got.facts)).toEqual([load.capture.startsWith('arm64') ? 'seeds' : 'purgatory_size'])
  })
})

function load(capture: string, tag = 'kexec_file'): TrueLoad {
  const one = told.find((l) => l.capture === capture && l.tag === tag)
  if (!one) throw new Error(`${capture} ${tag}`)
  return one
}

/** The same load under another release's name: a vendor that back-ported, or did not. */
function renamed(of: TrueLoad, release: string): Calibration {
  const files = loadCapture(of.capture)
  const uname = (files.uname as string).replace(/^(\S+ \S+) \S+/, `$1 ${release}`)
  const lines = readDebugLines(rawOf(of))
  const trial = { ...trialOf(of), snapshot: snapshotOf({ ...files, uname }) }
  const made = lines.ok ? calibrate(trial, lines.value, sha256) : lines
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  return made.value
}

test.each<[why: string, capture: string, release: string, rules: string]>([
  [
    'a vendor took the newer search into an old release',
    'x86_64-seabios-8g-k612',
    '5.14.0-427.el9.x86_64',
    'x86_64/6.8',
  ],
  ['an old search under a newer number', 'x86_64-seabios-8g-numa2-i200', '6.12.0', 'x86_64/5.10'],
])(
  '%s: the era that explains the load is named, with what the own one says',
  (_why, capture, release, rules) => {
    const got = renamed(load(capture), release)
    expect(got).toMatchObject({ release, rules, confirmed: true, facts: { purgatory_size: 0x5000 } })
    expect(got.differences.length).toBeGreaterThan(0)
    expect(got.differences[0]).toMatchObject({ field: 'mem', kind: 'purgatory' })
  },
)

test.each<[why: string, capture: string, spoil: (raw: string) => string, field: string]>([
  [
    'an address one page off',
    'x86_64-seabios-2g-k612',
    (raw) => raw.replaceAll('0x7a800000', '0x7a7ff000'),
    'mem',
  ],
  [
    'a dtb of another size',
    'arm64-dt-1g',
    (raw) => raw.replaceAll(/bufsz=0x([0-9a-f]+) mem=0x7/g, 'bufsz=0x1 mem=0x7'),
    'bufsz',
  ],
  ['a segment less', 'x86_64-seabios-2g-k612', (raw) => without(raw, 3), 'count'],
])('%s is not confirmed, and the difference has its line', (_why, capture, spoil, field) => {
  const of = load(capture)
  const raw = spoil(rawOf(of))
  expect(raw).not.toBe(rawOf(of))
  const got = calibrated(of, raw)
  expect([got.confirmed, got.facts]).toEqual([false, {}])
  expect(got.differences.map((d) => d.field)).toContain(field)
  const [first] = got.differences
  if (field !== 'count') expect(raw.split('\n')[(first?.line ?? 0) - 1]).toContain('segment')
})

function without(raw: string, segment: number): string {
  return raw
    .split('\n')
    .filter((line) => !line.includes(`segment ${segment}:`) && !line.includes(`segment[${segment}]`))
    .join('\n')
}

test('what no rules can place is no matter of rules: the refusal comes back', () => {
  const lines = readDebugLines(rawOf(load('x86_64-seabios-2g-k612')))
  const arm64 = trialOf(load('arm64-dt-1g'))
  const { fdt: _, ...files } = loadCapture('arm64-dt-1g')
  const trial = { ...arm64, snapshot: snapshotOf(files) }
  expect(lines.ok && calibrate(trial, lines.value, sha256)).toMatchObject({ error: { code: 'fdt-missing' } })
})

const SEGMENT = 'kexec_file: Loading segment 0: buf=0x00000000c82b9fb1 bufsz=0x4000 mem=0x9a000 memsz=0x5000'

test.each<[why: string, text: string, code: string, line: number | null]>([
  ['nothing', '', 'no-segments', null],
  ['another log', '[ 1.0] usb 1-1: new device\n', 'no-segments', null],
  ['a line that was cut', `x\n${SEGMENT.slice(0, -3)}`, 'bad-line', 2],
  ['an address in decimal', SEGMENT.replace('mem=0x9a000', 'mem=630784'), 'bad-line', 1],
  ['a field that is not there', SEGMENT.replace(' bufsz=0x4000', ''), 'bad-line', 1],
  ['more copied than reserved', SEGMENT.replace('0x4000', '0x6000'), 'bad-line', 1],
  ['an address past 2^53', SEGMENT.replace('0x9a000', '0xffffffffffff0000'), 'bad-line', 1],
  ['a name without its place', `kexec-bzImage64: Loaded purgatory\n${SEGMENT}`, 'bad-line', 1],
  ['two loads', `${SEGMENT}\n${SEGMENT.replace('0x9a000', '0x9b000')}`, 'two-loads', 2],
  ['a gap', SEGMENT.replace('segment 0', 'segment 1'), 'missing-segment', null],
  ['a whole log file', 'x'.repeat(4 * 1024 * 1024 + 1), 'too-large', null],
])('%s is refused at its line', (_why, text, code, line) => {
  expect(readDebugLines(text)).toMatchObject({ ok: false, error: { code, line } })
})

test.each<[why: string, text: string]>([
  ['as it is', SEGMENT],
  ['with a time before it', `[   12.450729] ${SEGMENT}`],
  ['with a hidden pointer', SEGMENT.replace('0x00000000c82b9fb1', '0x(____ptrval____)')],
  ['told twice, by both ways of asking', `${SEGMENT}\n${SEGMENT.replace('Loading segment 0', 'segment[0]')}`],
  ['from a file of another system', `${SEGMENT}\r\n`],
])('a line is read %s', (_why, text) => {
  expect(readDebugLines(text)).toMatchObject({
    ok: true,
    value: { segments: [{ mem: 0x9a000, bufsz: 0x4000, memsz: 0x5000, line: 1 }] },
  })
})

describe('a plan that goes by a calibration', () => {
  const vendor = x86Host('00100000-3fffffff : System RAM\n', {
    uname: 'Linux host 5.14.0-427.el9.x86_64 #1 SMP x86_64 GNU/Linux',
  })
  const calibration = { rules: 'x86_64/6.8', facts: { purgatorySize: 0x6000 } }
  const codes = (asked: Partial<PlanRequest>) =>
    planned(vendor, { strategy: 'kexec_file', ...asked }).assumptions.map((a) => a.code)

  test('assumes less, and says what it went by', () => {
    expect(codes({})).toEqual(['vendor-release', 'purgatory-size'])
    const plan = planned(vendor, { strategy: 'kexec_file', calibration })
    expect(plan).toMatchObject({
      rules: 'x86_64/6.8',
      determinism: 'exact',
      assumptions: [],
      inputs: { calibration: { rules: 'x86_64/6.8', facts: { purgatory_size: 0x6000 } } },
    })
    expect(plan.segments[0]).toMatchObject({ kind: 'purgatory', memsz: 0x6000 })
  })

  test('heeds what the caller says itself before it', () => {
    const facts = { purgatorySize: 0x7000 }
    const plan = planned(vendor, { strategy: 'kexec_file', calibration, facts, rules: 'x86_64/5.10' })
    expect([plan.rules, plan.segments[0]?.memsz]).toEqual(['x86_64/5.10', 0x7000])
  })

  test('takes the seeds of another boot only where its own log is missing', () => {
    const { dmesg: _, ...bare } = loadCapture('arm64-uefi-acpi-4g-boot1')
    const dtb = (files: typeof bare, seeds: boolean) =>
      planned(snapshotOf(files), { calibration: { rules: 'arm64/5.10', facts: { seeds } } }).segments.find(
        (s) => s.kind === 'dtb',
      )?.bufsz
    expect(dtb(bare, true)).not.toBe(dtb(bare, false))
    const whole = loadCapture('arm64-uefi-acpi-4g-boot1')
    expect(dtb(whole, true)).toBe(dtb(whole, false))
  })
})
