import type { SegmentKind } from '../names.ts'
import { alignUp } from '../bytes/align.ts'
import { MAX_PHYS_ADDR } from '../bytes/phys-addr.ts'

/** What a loader asks for: so many bytes, aligned so, between these limits. Units: bytes. */
export interface KexecBuf {
  readonly kind: SegmentKind
  /** Bytes that are copied. */
  readonly bufsz: number
  /** Bytes that are reserved: whole pages, at least bufsz. */
  readonly memsz: number
  /** A power of two, at least the page size. */
  readonly align: number
  /** What the next kernel itself wants, where that is less than what its loader asks for: pins may lie so. */
  readonly leastAlign: number
  /** The lowest address allowed. */
  readonly min: number
  /** The highest address that any byte may have, inclusive. */
  readonly max: number
  readonly topDown: boolean
  /** Bytes from its first to the one whose address a plan names and a pin keeps: arm64's text_offset. */
  readonly offset: number
}

export interface BufRequest {
  readonly kind: SegmentKind
  readonly bufsz: number
  readonly memsz?: number
  readonly align?: number
  readonly leastAlign?: number
  readonly min?: number
  readonly max?: number
  readonly topDown: boolean
  readonly offset?: number
}

/**
 * Completes a loader's request: memsz becomes whole pages, the alignment at least a page.
 *
 * Units: bytes. A `max` above 2^53-1 means that there is none.
 * Errors: throws on a request that no loader makes: nothing to place, memsz below bufsz, an
 * alignment that is no power of two.
 * Source: Linux kernel/kexec_file.c, kexec_add_buffer.
 */
export function kexecBuf(request: BufRequest, pageSize: number): KexecBuf {
  const { kind, bufsz, memsz = bufsz, align = 0, leastAlign = align } = request
  const { min = 0, max = MAX_PHYS_ADDR, topDown, offset = 0 } = request
  if (!Number.isSafeInteger(memsz) || memsz <= 0)
    throw new RangeError(`${kind}: nothing to place (memsz ${memsz})`)
  if (bufsz < 0 || bufsz > memsz) throw new RangeError(`${kind}: bufsz ${bufsz} above memsz ${memsz}`)
  const aligned = Math.max(align, pageSize)
  if (!Number.isInteger(Math.log2(aligned)))
    throw new RangeError(`${kind}: alignment ${align} is no power of two`)
  return {
    kind,
    bufsz,
    memsz: alignUp(memsz, pageSize),
    align: aligned,
    leastAlign: Math.max(leastAlign, pageSize),
    min,
    max: Math.min(max, MAX_PHYS_ADDR),
    topDown,
    offset,
  }
}
