import type { ArchName } from '../names.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { KernelRelease } from '../read/kernel-release.ts'

/** How one release of one architecture chooses addresses. Everything that differs by release is here. */
export interface KernelRules {
  /** Architecture and first release of the era: `arm64/5.10`. */
  readonly id: string
  readonly arch: ArchName
  /** What the kernel walks: memblock where it keeps memblock, else the resource tree. */
  readonly walks: 'memblock' | 'resources'
  /** Where a top-down search starts in a range: one page is wasted up to 6.7. */
  readonly topDownStart: 'last-memsz' | 'last-memsz+1'
  /** Whether top-down also visits the ranges from the highest down. memblock always did. */
  readonly topDownOrder: 'ascending' | 'descending'
  /** x86_64: the kernel is not put below the address that it prefers (6.9). */
  readonly kernelMin: 'one-mib' | 'pref-address'
  /** x86_64: boot_params carries an RNG seed (6.0). */
  readonly rngSeed: boolean
  /** x86_64: elfcorehdr is given room for CPUs and memory that come later (6.6). */
  readonly crashHotplug: boolean
  /** x86_64: the purgatory that this release usually carries. Units: bytes. */
  readonly purgatoryMemsz: number
  /** What the rules take for granted about this release. */
  readonly assumed: readonly { readonly code: string; readonly detail: string }[]
}

export interface UnknownRules {
  readonly code: 'unknown-rules'
  readonly detail: string
}

interface Era {
  readonly since: string
  readonly major: number
  readonly minor: number
}

/**
 * First release of each era of the hole search, newest first.
 * Source: 6.8 brought the exact top-down start (18d565ea95fe) and the descending walk of the resource
 * tree (b3ba234171cd); 6.16 brought kexec handover (its scratch areas) and random placement.
 */
const ERAS: readonly Era[] = [
  { since: '6.16', major: 6, minor: 16 },
  { since: '6.8', major: 6, minor: 8 },
  { since: '5.10', major: 5, minor: 10 },
]

/** Releases with a vendor's back-ports: their number does not tell what they do. */
const VENDOR = /\.(el\d|fc\d|amzn\d|oe\d|tl\d|an\d)|-(azure|aws|gcp|oracle|generic|default)\b/

/**
 * The rules of a release, or of the era that the caller names in its stead.
 *
 * Errors: `unknown-rules` for an override that is no era of this architecture.
 * Source: Linux kernel/kexec_file.c, arch/x86/kernel/kexec-bzimage64.c, arch/arm64/kernel/machine_kexec_file.c,
 * compared at 5.10, 6.1, 6.12 and 7.2.
 */
export function kernelRules(
  arch: ArchName,
  release: KernelRelease,
  override: string | null,
): Result<KernelRules, UnknownRules> {
  const era = override === null ? eraOf(release) : ERAS.find((e) => `${arch}/${e.since}` === override)
  if (!era) {
    const known = ERAS.map((e) => `${arch}/${e.since}`).join(', ')
    return err({ code: 'unknown-rules', detail: `no rules ${override}; known for ${arch}: ${known}` })
  }
  const exactTop = era.since !== '5.10'
  // Who back-ports a search also carries what is older than it.
  const as = isSince(release, era.major, era.minor) ? release : { ...release, ...era }
  return ok({
    id: `${arch}/${era.since}`,
    arch,
    walks: arch === 'x86_64' ? 'resources' : 'memblock',
    topDownStart: exactTop ? 'last-memsz+1' : 'last-memsz',
    topDownOrder: arch === 'arm64' || exactTop ? 'descending' : 'ascending',
    kernelMin: isSince(as, 6, 9) ? 'pref-address' : 'one-mib',
    rngSeed: isSince(as, 6, 0),
    crashHotplug: arch === 'x86_64' && isSince(as, 6, 6),
    purgatoryMemsz: isSince(as, 5, 15) ? 0x5000 : 0x6000,
    assumed: override === null ? assumptionsOf(release) : [],
  })
}

/** The id of every era of an architecture: the release's own, then its neighbours, the newer before the older. */
export function rulesToTry(arch: ArchName, release: KernelRelease): string[] {
  const own = ERAS.indexOf(eraOf(release))
  const near = [...ERAS.keys()].sort((a, b) => Math.abs(a - own) - Math.abs(b - own) || a - b)
  return near.map((i) => `${arch}/${(ERAS[i] as Era).since}`)
}

function eraOf(release: KernelRelease): Era {
  return ERAS.find((era) => isSince(release, era.major, era.minor)) ?? (ERAS.at(-1) as Era)
}

/** Whether `release` is `major.minor` or newer. */
export function isSince(release: KernelRelease, major: number, minor: number): boolean {
  return release.major > major || (release.major === major && release.minor >= minor)
}

function assumptionsOf(release: KernelRelease): KernelRules['assumed'] {
  const out: { code: string; detail: string }[] = []
  if (VENDOR.test(release.text)) {
    out.push({
      code: 'vendor-release',
      detail: `${release.text} is a vendor's kernel: back-ports may have changed its rules`,
    })
  }
  if (!isSince(release, 5, 10)) {
    out.push({
      code: 'release-not-read',
      detail: `${release.text} is older than 5.10, the oldest release whose rules were read`,
    })
  }
  return out
}
