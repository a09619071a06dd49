import { putU64be } from '../bytes/endian.ts'
import { rangeOfSize, sizeOf, type Range } from '../bytes/range.ts'
import { utf8 } from '../bytes/utf8.ts'
import { addNode, addReservation, deleteProperty, deleteReservation, setProperty } from '../read/fdt-edit.ts'
import { CHOSEN, chosenInitrd } from '../read/fdt-chosen.ts'
import { fdtNode, type Fdt } from '../read/fdt.ts'

/** What the loader writes into the next kernel's device tree. */
export interface DtbEdits {
  /** Where the initrd will lie; its size alone matters for the size of the tree. */
  readonly initrd: Range | null
  readonly cmdline: string
  /** Random seeds are written when the running kernel's generator was ready. */
  readonly seeds: boolean
  /** What kexec_file_load hands on beside the tree: properties that say where it lies. */
  readonly handsOn?: { readonly ima: boolean; readonly kho: boolean }
  /** For a crash kernel: where its core headers lie, and the memory that it may use. */
  readonly crash?: { readonly elfcorehdr: Range; readonly usable: readonly Range[] } | null
}

const KASLR_SEED_BYTES = 8
const RNG_SEED_BYTES = 128

/**
 * The device tree that the loader hands to the next kernel: the running one, edited. Seeds are zeros
 * here; their size is what counts.
 *
 * Source: Linux drivers/of/kexec.c.
 */
export function nextDtb(running: Fdt, edits: DtbEdits): Fdt {
  let fdt = withChosen(running)
  fdt = withoutOldInitrd(fdt)
  fdt = deleteProperty(fdt, CHOSEN, 'linux,elfcorehdr')
  fdt = deleteProperty(fdt, CHOSEN, 'linux,usable-memory-range')
  if (edits.initrd) {
    const { start, last } = edits.initrd
    fdt = setProperty(fdt, CHOSEN, 'linux,initrd-start', u64(start))
    fdt = setProperty(fdt, CHOSEN, 'linux,initrd-end', u64(last + 1))
    fdt = addReservation(fdt, start, last + 1 - start)
  } else {
    fdt = deleteProperty(fdt, CHOSEN, 'linux,initrd-start')
    fdt = deleteProperty(fdt, CHOSEN, 'linux,initrd-end')
  }
  if (edits.crash) fdt = withCrash(fdt, edits.crash)
  fdt =
    edits.cmdline === ''
      ? deleteProperty(fdt, CHOSEN, 'bootargs')
      : setProperty(fdt, CHOSEN, 'bootargs', cString(edits.cmdline))
  fdt = deleteProperty(fdt, CHOSEN, 'kaslr-seed')
  if (edits.seeds) {
    fdt = setProperty(fdt, CHOSEN, 'kaslr-seed', new Uint8Array(KASLR_SEED_BYTES))
    fdt = setProperty(fdt, CHOSEN, 'rng-seed', new Uint8Array(RNG_SEED_BYTES))
  }
  if (edits.handsOn) fdt = withHandsOn(fdt, edits.handsOn)
  return setProperty(fdt, CHOSEN, 'linux,booted-from-kexec', new Uint8Array(0))
}

/** Where it lies is not known yet; the size of the tree is what counts. */
function withHandsOn(fdt: Fdt, { ima, kho }: NonNullable<DtbEdits['handsOn']>): Fdt {
  let out = fdt
  if (ima) {
    out = setProperty(out, CHOSEN, 'linux,ima-kexec-buffer', spans([rangeOfSize(0, 1)]))
    out = addReservation(out, 0, 1)
  }
  if (!kho) return out
  out = setProperty(out, CHOSEN, 'linux,kho-fdt', spans([rangeOfSize(0, 1)]))
  return setProperty(out, CHOSEN, 'linux,kho-scratch', spans([rangeOfSize(0, 1)]))
}

/** A tree without /chosen gets one. */
export function withChosen(fdt: Fdt): Fdt {
  return fdtNode(fdt, CHOSEN) ? fdt : addNode(fdt, '/', 'chosen')
}

function withoutOldInitrd(fdt: Fdt): Fdt {
  const old = chosenInitrd(fdt)
  return old ? deleteReservation(fdt, old.start, old.size) : fdt
}

function withCrash(fdt: Fdt, { elfcorehdr, usable }: NonNullable<DtbEdits['crash']>): Fdt {
  const told = setProperty(fdt, CHOSEN, 'linux,elfcorehdr', spans([elfcorehdr]))
  const bounded = setProperty(told, CHOSEN, 'linux,usable-memory-range', spans(usable))
  return addReservation(bounded, elfcorehdr.start, sizeOf(elfcorehdr))
}

/** Start and size of each range, 8 bytes each. */
export function spans(ranges: readonly Range[]): Uint8Array {
  const out = new Uint8Array(16 * ranges.length)
  for (const [i, r] of ranges.entries()) {
    putU64be(out, 16 * i, r.start)
    putU64be(out, 16 * i + 8, sizeOf(r))
  }
  return out
}

export function u64(n: number): Uint8Array {
  const out = new Uint8Array(8)
  putU64be(out, 0, n)
  return out
}

export function cString(text: string): Uint8Array {
  const bytes = utf8(text)
  const out = new Uint8Array(bytes.length + 1)
  out.set(bytes)
  return out
}
