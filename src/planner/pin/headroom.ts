import { alignUp } from '../bytes/align.ts'
import type { KexecBuf } from '../place/kexec-buf.ts'
import type { Growth, PinPolicy } from './policy.ts'

/** How much each kind of segment is given to grow by where no policy says otherwise. */
export const GROWTH: Readonly<Record<KexecBuf['kind'], Growth>> = {
  kernel: { percent: 12.5, bytes: 0x200000 },
  initrd: { percent: 25, bytes: 0x400000 },
  dtb: { percent: 100, bytes: 0x10000 },
  purgatory: { percent: 0, bytes: 0x1000 },
  boot_params: { percent: 0, bytes: 0x1000 },
  elfcorehdr: { percent: 0, bytes: 0x1000 },
  backup: { percent: 0, bytes: 0 },
  efi_setup_data: { percent: 0, bytes: 0 },
  efi_map: { percent: 0, bytes: 0x1000 },
  rng_seed: { percent: 0, bytes: 0 },
  ima: { percent: 0, bytes: 0 },
  kho: { percent: 0, bytes: 0 },
}

/** What a new pin keeps free from its address on. Units: bytes, whole pages. */
export function roomFor(buf: KexecBuf, pageSize: number, headroom: PinPolicy['headroom']): number {
  const { percent, bytes } = headroom[buf.kind] ?? GROWTH[buf.kind]
  return alignUp(buf.memsz + Math.max(Math.ceil((buf.memsz * percent) / 100), bytes), pageSize)
}
