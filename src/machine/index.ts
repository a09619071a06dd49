export { coldBoot, execAndBoot } from './boot.ts'
export type { BootFailure, BootFailureCode } from './hand-over.ts'
export { generateImage } from './image.ts'
export { load, unload } from './kexec.ts'
export type {
  KexecImage,
  KexecSegment,
  LoadedImage,
  LoadedSegment,
  LoadRefusal,
  LoadRefusalCode,
} from './kexec.ts'
export { machineFrom } from './machine.ts'
export { digestOfBytes } from './memory.ts'
export type { Canary, Machine, MachineOptions } from './machine.ts'
export { purgatoryBytes } from './purgatory.ts'
export type { Purgatory } from './purgatory.ts'
