import type { ArchName } from '../names.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import { readBootParams, type BootParams } from './boot-params.ts'
import type { CaptureFile, CaptureFiles, TextFile } from './capture-files.ts'
import { readDmesg, type DmesgFacts } from './dmesg.ts'
import { readEfiMap, type EfiRegion } from './efi-map.ts'
import { readFdt, type Fdt } from './fdt.ts'
import { readFirmwareMap, type FirmwareEntry } from './firmware-map.ts'
import { readIomem, type IomemEntry } from './iomem.ts'
import { readKallsyms, type Symbols } from './kallsyms.ts'
import { readKernelConfig, type KernelConfig } from './kernel-config.ts'
import { pageSizeOf, type KernelRelease } from './kernel-release.ts'
import type { Refused } from './lines.ts'
import {
  readLoadLimits,
  readLockdown,
  readSecureBoot,
  type LoadLimits,
  type Lockdown,
} from './load-limits.ts'
import { readMemblock, type MemblockRegion } from './memblock.ts'
import {
  readBootId,
  readCmdline,
  readEfiSystab,
  readKexecState,
  readCmaTotal,
  readMemTotal,
  readPossibleCpus,
  readPurgatorySize,
  readSize,
  type EfiTable,
  type KexecState,
} from './small-files.ts'
import { readUname } from './uname.ts'

/** One boot of one host, parsed; what was not captured is null. */
export interface Snapshot {
  readonly arch: ArchName
  readonly release: KernelRelease
  /** The whole of uname.txt, trimmed. */
  readonly uname: string
  readonly bootId: string | null
  readonly cmdline: string
  readonly pageSize: number
  /** `arch`: the architecture has no other. */
  readonly pageSizeFrom: 'page-size' | 'release' | 'arch' | 'assumed'
  readonly iomem: readonly IomemEntry[]
  readonly memblock: {
    readonly memory: readonly MemblockRegion[]
    readonly reserved: readonly MemblockRegion[]
  } | null
  readonly firmwareMap: readonly FirmwareEntry[] | null
  /** null: not captured, which on a BIOS or device-tree host is the same as absent. */
  readonly efiRuntimeMap: readonly EfiRegion[] | null
  /** The host was booted by UEFI (efi-ls or efi-systab is present and not empty). */
  readonly efi: boolean
  /** The tables that UEFI's system table names, by address. */
  readonly efiSystab: readonly EfiTable[] | null
  readonly fdt: Fdt | null
  /** Of the whole blob, as the kernel reserves it. Units: bytes. */
  readonly fdtSize: number | null
  readonly bootParams: BootParams | null
  readonly kexec: KexecState | null
  /** A few symbols of the running kernel. */
  readonly symbols: Symbols | null
  readonly dmesg: DmesgFacts | null
  readonly memTotal: number | null
  /** All CMA areas together; null where meminfo has no such line. Units: bytes. */
  readonly cmaTotal: number | null
  readonly config: KernelConfig | null
  readonly possibleCpus: number | null
  readonly purgatorySize: number | null
  readonly lockdown: Lockdown | null
  readonly loadLimits: LoadLimits | null
  /** null: not captured, which on a BIOS or device-tree host is the same as absent. */
  readonly secureBoot: boolean | null
}

/** The page size where neither a file nor the release tells another. Units: bytes. */
const DEFAULT_PAGE_SIZE = 4096
const PAGE_SIZES: { readonly [A in ArchName]: readonly number[] } = {
  arm64: [4096, 16384, 65536],
  x86_64: [4096],
}

/** A file's value; what was wrong is in `problems` by then, and `fallback` stands in until they are reported. */
type Read = <T, F>(read: Result<T, BadInput> | null, fallback: F) => T | F

/**
 * Reads all files of one boot; every file that is wrong is reported, not only the first.
 *
 * uname and iomem are required, and of the two memblock lists both or none. A blank file that is not
 * required counts as not captured: that is how a folder that does not exist comes out of a capture.
 *
 * Errors: each file's own, with its place; `missing-file`; `bad-value` for a page size that the
 * architecture does not have.
 */
export function readSnapshot(files: CaptureFiles): Result<Snapshot, readonly BadInput[]> {
  const problems: BadInput[] = []
  const read: Read = (result, fallback) => {
    if (result?.ok) return result.value
    if (result) problems.push(result.error)
    return fallback
  }

  const uname = read(files.uname === undefined ? missing('uname') : readUname(files.uname), null)
  const iomem = read(files.iomem === undefined ? missing('iomem') : readIomem(files.iomem), [])
  const memblock = readMemblocks(files, read)
  const dmesg = read(optional(files, 'dmesg', readDmesg), null)
  const cpus = read(optional(files, 'cpus', readPossibleCpus), null)
  const given = read(
    optional(files, 'page-size', (text) => readSize(text, 'page-size')),
    null,
  )
  const rest = {
    bootId: read(optional(files, 'boot-id', readBootId), null),
    cmdline: read(optional(files, 'cmdline', readCmdline), ''),
    iomem,
    memblock,
    firmwareMap: read(optional(files, 'firmware-memmap', readFirmwareMap), null),
    efiRuntimeMap: read(optional(files, 'efi-runtime-map', readEfiMap), null),
    efi: !isBlank(files['efi-ls']) || !isBlank(files['efi-systab']),
    efiSystab: read(optional(files, 'efi-systab', readEfiSystab), null),
    fdt: read(files.fdt ? readFdt(files.fdt) : null, null),
    fdtSize: files.fdt?.length ?? null,
    bootParams: read(files['boot-params'] ? readBootParams(files['boot-params']) : null, null),
    symbols: read(optional(files, 'kallsyms-few', readKallsyms), null),
    kexec: read(optional(files, 'kexec-sysfs', readKexecState), null),
    dmesg,
    memTotal: read(optional(files, 'meminfo', readMemTotal), null),
    cmaTotal: read(optional(files, 'meminfo', readCmaTotal), null),
    config: read(optional(files, 'kernel-config', readKernelConfig), null),
    possibleCpus: cpus ?? dmesg?.possibleCpus ?? null,
    purgatorySize: read(optional(files, 'purgatory', readPurgatorySize), null),
    lockdown: read(optional(files, 'lockdown', readLockdown), null),
    loadLimits: read(optional(files, 'kexec-limits', readLoadLimits), null),
    secureBoot: read(optional(files, 'secure-boot', readSecureBoot), null),
  }
  if (uname && given !== null && !PAGE_SIZES[uname.arch].includes(given))
    problems.push(badPageSize(given, uname.arch))
  if (!uname || problems.length > 0) return err(problems)

  return ok({
    arch: uname.arch,
    release: uname.release,
    uname: uname.text,
    ...pageSize(given, uname.release, uname.arch),
    ...rest,
  })
}

function readMemblocks(files: CaptureFiles, read: Read): Snapshot['memblock'] {
  const memory = files['memblock-memory']
  const reserved = files['memblock-reserved']
  if (memory === undefined && reserved === undefined) return null
  return {
    memory: read(
      memory === undefined ? missing('memblock-memory') : readMemblock(memory, 'memblock-memory'),
      [],
    ),
    reserved: read(
      reserved === undefined ? missing('memblock-reserved') : readMemblock(reserved, 'memblock-reserved'),
      [],
    ),
  }
}

function pageSize(
  given: number | null,
  release: KernelRelease,
  arch: ArchName,
): Pick<Snapshot, 'pageSize' | 'pageSizeFrom'> {
  if (given !== null) return { pageSize: given, pageSizeFrom: 'page-size' }
  const named = pageSizeOf(release)
  if (named !== null && PAGE_SIZES[arch].includes(named)) return { pageSize: named, pageSizeFrom: 'release' }
  const only = PAGE_SIZES[arch].length === 1
  return { pageSize: DEFAULT_PAGE_SIZE, pageSizeFrom: only ? 'arch' : 'assumed' }
}

function optional<T>(
  files: CaptureFiles,
  file: TextFile,
  read: (text: string) => Result<T, BadInput>,
): Result<T, BadInput> | null {
  const text = files[file]
  return text === undefined || isBlank(text) ? null : read(text)
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || (text.length < MAX_BLANK && text.trim() === '')
}

/** A longer file is no blank one, whatever it holds; its reader says so. Units: characters. */
const MAX_BLANK = 4096

function missing(file: CaptureFile): Refused {
  const whole = { file, line: null, column: null }
  return err({ ...whole, code: 'missing-file', expected: 'this file', found: 'nothing' })
}

function badPageSize(found: number, arch: ArchName): BadInput {
  const expected = `a page size of ${arch}: ${PAGE_SIZES[arch].join(', ')}`
  return { code: 'bad-value', file: 'page-size', line: null, column: null, expected, found: `${found}` }
}
