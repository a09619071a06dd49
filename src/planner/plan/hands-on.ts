import type { HandsOn, Load, Placer } from '../arch/arch.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import { kexecBuf, type BufRequest } from '../place/kexec-buf.ts'
import type { NoHole } from '../place/refusal.ts'
import type { Segment } from '../place/segment.ts'
import { isSince } from '../rules/kernel-rules.ts'
import type { Snapshot } from '../read/snapshot.ts'
import type { Facts } from './facts.ts'

/** An element of the list of scratch areas: address and size, 8 bytes each. */
const SCRATCH_ENTRY = 16
const SCRATCH_ALIGN = 0x10000

/**
 * What the running kernel hands on by itself, as far as facts and configuration tell. Only a reboot that
 * goes through kexec_file_load hands anything on.
 */
export function handsOnOf(snapshot: Snapshot, facts: Facts, reboot: boolean): HandsOn {
  const { config, release } = snapshot
  const ima = facts.imaSize ?? 0
  const scratch = facts.khoScratch ?? []
  return {
    ima: reboot ? ima : 0,
    scratch: reboot ? scratch : [],
    imaRoom: ima > 0 || (isSince(release, 6, 0) && config?.get('CONFIG_IMA_KEXEC') === 'y'),
    khoRoom: scratch.length > 0 || (isSince(release, 6, 16) && config?.get('CONFIG_KEXEC_HANDOVER') === 'y'),
  }
}

/**
 * Places what goes before the kernel: IMA's measurements, then the list of scratch areas, both top-down.
 *
 * Errors: `no-hole` where one finds none.
 * Source: Linux kernel/kexec_file.c, kimage_file_prepare_segments; kernel/liveupdate/kexec_handover.c.
 */
export function placeHandsOn(load: Load, placer: Placer): Result<readonly Segment[], NoHole> {
  const { ima, scratch } = load.handsOn
  const requests: BufRequest[] = []
  if (ima > 0) requests.push({ kind: 'ima', bufsz: ima, topDown: true })
  if (scratch.length > 0) {
    const bufsz = SCRATCH_ENTRY * scratch.length
    requests.push({ kind: 'kho', bufsz, align: SCRATCH_ALIGN, topDown: true })
  }
  const placed: Segment[] = []
  for (const request of requests) {
    const segment = placer(kexecBuf(request, load.pageSize), placed)
    if (!segment.ok) return err(segment.error)
    placed.push(segment.value)
  }
  return ok(placed)
}

/** The same placer with segments that are there before all others. */
export function keepingClearOf(first: readonly Segment[], placer: Placer): Placer {
  return first.length === 0 ? placer : (buf, placed) => placer(buf, [...first, ...placed])
}
