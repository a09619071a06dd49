import { alignUp } from '../bytes/align.ts'
import type { KexecBuf } from '../place/kexec-buf.ts'

/** How much a segment may grow before its pin has to move: a share of its size, and at least so much. */
const GROWTH: Record<KexecBuf['kind'], { readonly share: number; readonly least: number }> = {
  kernel: { share: 1 / 8, least: 0x200000 },
  initrd: { share: 1 / 4, least: 0x400000 },
  dtb: { share: 1, least: 0x10000 },
  purgatory: { share: 0, least: 0x1000 },
  boot_params: { share: 0, least: 0x1000 },
  elfcorehdr: { share: 0, least: 0x1000 },
  backup: { share: 0, least: 0 },
  efi_setup_data: { share: 0, least: 0 },
  efi_map: { share: 0, least: 0x1000 },
  rng_seed: { share: 0, least: 0 },
  ima: { share: 0, least: 0 },
  kho: { share: 0, least: 0 },
}

/** What a new pin keeps free from its address on. Units: bytes, whole pages. */
export function roomFor(buf: KexecBuf, pageSize: number): number {
  const { share, least } = GROWTH[buf.kind]
  return alignUp(buf.memsz + Math.max(buf.memsz * share, least), pageSize)
}
