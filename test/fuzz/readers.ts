import {
  fdtBytes,
  hex,
  readBootParams,
  readDmesg,
  readEfiMap,
  readFdt,
  readFirmwareMap,
  readIomem,
  readKernelImage,
  readMemblock,
  renderEfiMap,
  renderFirmwareMap,
  renderIomem,
  renderMemblock,
  type ArchName,
  type Result,
  type TextFile,
} from '../../src/planner/index.ts'
import type { BadInput } from '../../src/planner/read/bad-input.ts'
import { readKallsyms } from '../../src/planner/read/kallsyms.ts'
import {
  readBootId,
  readCmdline,
  readEfiSystab,
  readKexecState,
  readMemTotal,
  readPossibleCpus,
  readPurgatorySize,
  readSize,
} from '../../src/planner/read/small-files.ts'
import { readUname } from '../../src/planner/read/uname.ts'
import { blobsOf, IMAGES, textsOf } from './seeds.ts'
import { firstWrong, refusalIn, soundList, soundRange, soundSize, soundTree, type Verdict } from './sound.ts'
import {
  writtenBootParams,
  writtenDmesg,
  writtenKexecState,
  writtenSymbols,
  writtenSystab,
} from './written.ts'

/** What became of one input. `way` names the path through the reader, for novelty. */
export interface Outcome {
  readonly accepted: boolean
  readonly way: string
  readonly wrong: Verdict
}

export type Input = string | Uint8Array

/** A reader as the fuzzer drives it. */
export interface Target {
  readonly name: string
  readonly seeds: readonly Input[]
  read(input: Input): Outcome
}

interface TextReader<T> {
  readonly file: TextFile
  readonly read: (text: string) => Result<T, BadInput>
  /** Left out where a value is its own text, or so small that nothing can be lost. */
  readonly write?: (value: T) => string
  readonly sound: (value: T) => Verdict
}

function textTarget<T>({ file, read, write, sound }: TextReader<T>): Target {
  return {
    name: file,
    seeds: textsOf(file),
    read: (input) => {
      const answer = read(input as string)
      if (!answer.ok) return refusedAs(answer.error, input, file)
      const wrong = sound(answer.value) ?? (write ? repeats(answer.value, read(write(answer.value))) : null)
      return { accepted: true, way: shapeOf(answer.value), wrong }
    },
  }
}

/** A value that was written and read again must be the same. */
function repeats<T>(value: T, again: Result<T, unknown>): Verdict {
  if (!again.ok) return `its own text is refused: ${JSON.stringify(again.error)}`
  return same(value, again.value) ? null : 'its own text reads otherwise'
}

function same(a: unknown, b: unknown): boolean {
  return text(a) === text(b)
}

function text(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    v instanceof Map ? [...v] : v instanceof Uint8Array ? Buffer.from(v).toString('latin1') : v,
  )
}

export function refusedAs(bad: BadInput, input: Input, file: string): Outcome {
  const line = bad.line === null ? '-' : String(Math.min(bad.line, 4))
  const column = bad.column === null ? '-' : String(Math.floor(Math.log2(bad.column + 1)))
  const way = `${bad.code} ${line}:${column} ${bad.expected.replace(/[0-9a-f]{2,}|\d/g, '#').slice(0, 60)}`
  return { accepted: false, way, wrong: refusalIn(bad, input, file) }
}

/** Roughly how much was read, and which fields were. */
function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `read ${Math.floor(Math.log2(value.length + 1))}`
  if (value === null || typeof value !== 'object' || value instanceof Map) return 'read'
  return `read ${Object.entries(value)
    .map(([key, v]) => (v === null ? '' : Array.isArray(v) ? key + Math.min(v.length, 4) : key))
    .join()}`
}

const fdt: Target = {
  name: 'fdt',
  seeds: blobsOf('fdt'),
  read: (input) => {
    const answer = readFdt(input as Uint8Array)
    if (!answer.ok) return refusedAs(answer.error, input, 'fdt')
    const again = readFdt(fdtBytes(answer.value))
    return { accepted: true, way: 'read', wrong: repeats({ ...answer.value, version: 17 }, again) }
  },
}

const bootParams: Target = {
  name: 'boot-params',
  seeds: blobsOf('boot-params'),
  read: (input) => {
    const answer = readBootParams(input as Uint8Array)
    if (!answer.ok) return refusedAs(answer.error, input, 'boot-params')
    const { initrd, efiMemmap } = answer.value
    const wrong =
      firstWrong([initrd, efiMemmap].map((r) => r && soundRange(r))) ??
      repeats(answer.value, readBootParams(writtenBootParams(answer.value)))
    return { accepted: true, way: shapeOf(answer.value), wrong }
  },
}

function image(arch: ArchName): Target {
  return {
    name: `${arch} image`,
    seeds: IMAGES,
    read: (input) => {
      const head = input as Uint8Array
      const answer = readKernelImage(arch, head, 8 * 1024 * 1024)
      if (!answer.ok) {
        const { code, offset } = answer.error
        const wrong = offset !== null && offset > 4096 ? `offset ${offset}` : null
        return { accepted: false, way: `${code} ${offset}`, wrong }
      }
      const { fileSize, ...fields } = answer.value
      const sizes = Object.values(fields).filter((v) => typeof v === 'number')
      const wrong = sizes.every((n) => Number.isSafeInteger(n) && n >= 0)
        ? null
        : JSON.stringify(answer.value)
      return { accepted: true, way: `read ${fileSize} ${text(fields)}`.slice(0, 60), wrong }
    },
  }
}

const memblock = (file: 'memblock-memory' | 'memblock-reserved') =>
  textTarget({
    file,
    read: (t) => readMemblock(t, file),
    write: renderMemblock,
    sound: (regions) => soundList(regions.map((r) => r.range)),
  })

export const READERS: readonly Target[] = [
  textTarget({ file: 'iomem', read: readIomem, write: renderIomem, sound: (tree) => soundTree(tree) }),
  memblock('memblock-memory'),
  memblock('memblock-reserved'),
  textTarget({
    file: 'firmware-memmap',
    read: readFirmwareMap,
    write: renderFirmwareMap,
    sound: (entries) => soundList(entries.map((e) => e.range)),
  }),
  textTarget({
    file: 'efi-runtime-map',
    read: readEfiMap,
    write: renderEfiMap,
    sound: (regions) => firstWrong(regions.map((r) => soundRange(r.range))),
  }),
  textTarget({
    file: 'dmesg',
    read: readDmesg,
    write: writtenDmesg,
    sound: (facts) =>
      firstWrong([
        ...[...facts.lpiTables, ...facts.acpiTables].map((t) => soundRange(t.range)),
        facts.efiMemmap && soundRange(facts.efiMemmap),
        soundCount(facts.possibleCpus),
      ]),
  }),
  textTarget({
    file: 'kallsyms-few',
    read: readKallsyms,
    write: writtenSymbols,
    sound: (symbols) => (symbols.has('') ? 'a symbol without a name' : null),
  }),
  textTarget({
    file: 'efi-systab',
    read: readEfiSystab,
    write: writtenSystab,
    sound: (tables) => (tables.some((t) => t.name === '') ? 'a table without a name' : null),
  }),
  textTarget({
    file: 'kexec-sysfs',
    read: readKexecState,
    write: writtenKexecState,
    sound: (state) => soundSize(state.crashSize || null),
  }),
  textTarget({
    file: 'meminfo',
    read: readMemTotal,
    write: (bytes) => `MemTotal: ${bytes / 1024} kB\n`,
    sound: soundSize,
  }),
  textTarget({
    file: 'cpus',
    read: readPossibleCpus,
    write: (count) => `possible 0-${count - 1}\n`,
    sound: soundCount,
  }),
  textTarget({ file: 'page-size', read: (t) => readSize(t, 'page-size'), write: hex, sound: soundSize }),
  textTarget({ file: 'purgatory', read: readPurgatorySize, write: String, sound: soundSize }),
  textTarget({ file: 'boot-id', read: readBootId, write: String, sound: () => null }),
  textTarget({ file: 'cmdline', read: readCmdline, write: String, sound: oneLine }),
  textTarget({
    file: 'uname',
    read: readUname,
    write: (uname) => uname.text,
    sound: ({ release: { major, minor } }) => soundSize(major + minor + 1),
  }),
  fdt,
  bootParams,
  image('arm64'),
  image('x86_64'),
]

/** No kernel is built for more CPUs than this. */
function soundCount(n: number | null): Verdict {
  return n !== null && n > 65536 ? `${n} CPUs` : soundSize(n)
}

function oneLine(value: string): Verdict {
  return value.includes('\n') ? 'more than one line' : null
}
