import type { SegmentKind } from '../names.ts'
import { hex } from '../bytes/phys-addr.ts'
import { range } from '../bytes/range.ts'
import type { PlanBody, PlannedSegment } from './plan-body.ts'
import { planLoad } from './plan-load.ts'
import type { PlanRequest, Sha256 } from './plan-request.ts'

/** How the files are called on the host. */
export interface KexecFiles {
  readonly kernel: string
  readonly initrd: string
}

/** A command line of kexec-tools, and how much of a plan it brings about. */
export interface KexecCommand {
  /** For a shell; it loads, and does not jump. */
  readonly command: string
  readonly mem_min: string | null
  readonly mem_max: string | null
  /** Segments that the tool puts where the plan has them: our own run of its rules under these limits says so. */
  readonly pinned: readonly SegmentKind[]
  /** What the tool would put elsewhere, or does not make; null: not at all. */
  readonly moved: readonly {
    readonly kind: SegmentKind
    readonly planned: string
    readonly tool: string | null
  }[]
  /** What `--mem-min` and `--mem-max` cannot do. */
  readonly limits: readonly { readonly code: string; readonly sentence: string }[]
}

interface Trial {
  readonly min: number | null
  readonly max: number | null
  readonly segments: readonly PlannedSegment[]
}

const MAX = Number.MAX_SAFE_INTEGER

/**
 * The `kexec` command line that comes closest to a plan. The two limits clip every segment alike, so
 * what they can do is found by trying: each pair of bounds that the plan suggests is run through the
 * tool's own rules, and the pair that pins the kernel and most of the rest is taken.
 *
 * Source: kexec-tools kexec/kexec.c, where both options bound the hole search and what is added.
 */
export function kexecCommand(
  request: PlanRequest,
  body: PlanBody,
  files: KexecFiles,
  sha256: Sha256,
): KexecCommand {
  const best = trials(request, body, sha256).sort((a, b) => worth(b, body) - worth(a, body))[0]
  const { min = null, max = null, segments = [] } = best ?? {}
  const at = (kind: SegmentKind) => segments.find((s) => s.kind === kind)?.mem ?? null
  const pinned = body.segments.filter((s) => at(s.kind) === s.mem).map((s) => s.kind)
  const moved = body.segments
    .filter((s) => at(s.kind) !== s.mem)
    .map((s) => ({ kind: s.kind, planned: s.mem, tool: at(s.kind) }))
  return {
    command: commandLine(request, files, min, max),
    mem_min: min === null ? null : hex(min),
    mem_max: max === null ? null : hex(max),
    pinned,
    moved,
    limits: limitsOf(request),
  }
}

function trials(request: PlanRequest, body: PlanBody, sha256: Sha256): Trial[] {
  const asked: PlanRequest = { ...request, strategy: 'kexec_tools' }
  const free = planLoad(asked, sha256)
  const out: Trial[] = []
  const { mins, maxs } = bounds(body, free.ok ? free.value.segments : [])
  for (const min of mins) {
    for (const max of maxs) {
      if (min !== null && max !== null && max <= min) continue
      const made = planLoad({ ...asked, toolsWindow: range(min ?? 0, max ?? MAX) }, sha256)
      if (made.ok) out.push({ min, max, segments: made.value.segments })
    }
  }
  return out
}

/** Where the plan begins and ends, and its kernel alone, with room for what the tool puts above it. */
function bounds(body: PlanBody, tools: readonly PlannedSegment[]) {
  const firsts = body.segments.map((s) => Number(s.mem))
  const lasts = body.segments.map((s) => Number(s.mem) + s.memsz - 1)
  const kernel = body.segments.find((s) => s.kind === 'kernel')
  const start = Number(kernel?.mem ?? 0)
  const aligned = start - (start % (kernel?.align ?? 1))
  const last = start + (kernel?.memsz ?? 1) - 1
  const above = tools
    .filter((s) => s.kind !== 'kernel' && s.kind !== 'initrd')
    .reduce((sum, s) => sum + s.memsz, 0)
  const ends = [...lasts, last + above]
  return {
    mins: [...new Set([Math.min(aligned, ...firsts), aligned]), null],
    maxs: [...new Set([Math.max(...lasts), ...ends.sort((a, b) => b - a)]), null],
  }
}

/** The kernel's own place counts for more than all the rest; of equals the one that is bounded more. */
function worth({ min, max, segments }: Trial, body: PlanBody): number {
  const hits = body.segments.filter((s) => segments.some((t) => t.kind === s.kind && t.mem === s.mem))
  const kernel = hits.some((s) => s.kind === 'kernel') ? 100 : 0
  return kernel + 3 * hits.length + (min === null ? 0 : 1) + (max === null ? 0 : 1)
}

function commandLine(
  { initrdSize, cmdline, purpose }: PlanRequest,
  files: KexecFiles,
  min: number | null,
  max: number | null,
): string {
  const words = ['kexec', '-c', purpose === 'crash' ? '-p' : '-l', quoted(files.kernel)]
  if (initrdSize) words.push(`--initrd=${quoted(files.initrd)}`)
  words.push(`--command-line=${quoted(cmdline)}`)
  if (min !== null) words.push(`--mem-min=${hex(min)}`)
  if (max !== null) words.push(`--mem-max=${hex(max)}`)
  return words.join(' ')
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function limitsOf({ snapshot, purpose }: PlanRequest): KexecCommand['limits'] {
  const out = [
    {
      code: 'all-alike',
      sentence: '--mem-min and --mem-max clip every segment alike: the kernel alone cannot be pinned.',
    },
    {
      code: 'file-load-ignores',
      sentence: 'kexec -s (kexec_file_load) ignores both: there the running kernel chooses.',
    },
    {
      code: 'own-sizes',
      sentence: "The purgatory is the tool's own: another build may be larger, and what stacks on it moves.",
    },
  ]
  if (snapshot.arch === 'arm64') {
    out.push({
      code: 'dtb-page-aligned',
      sentence:
        'The tool puts the device tree on the lowest page that is free, kexec_file on the highest 2 MiB.',
    })
  } else {
    out.push({
      code: 'stacks-from-top',
      sentence: 'The tool stacks purgatory, setup, kernel and initrd down from --mem-max, in that order.',
    })
    if (snapshot.efi) {
      out.push({
        code: 'efi-lowest',
        sentence: "The firmware's map and tables go lowest-first from 1 MiB or --mem-min, whatever the plan.",
      })
    }
  }
  if (purpose === 'crash') {
    out.push({
      code: 'within-crashkernel',
      sentence: 'A crash image stays in its reservation, whatever the limits.',
    })
  }
  return out
}
