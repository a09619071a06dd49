import type { ArchName } from '../names.ts'
import type { Arch } from './arch.ts'
import { arm64 } from './arm64.ts'
import { x8664 } from './x86-64.ts'

const ARCHES: Record<ArchName, Arch> = { arm64, x86_64: x8664 }

export function archOf(name: ArchName): Arch {
  return ARCHES[name]
}
