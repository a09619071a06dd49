export { applyPlan, type Applied, type ApplyWith } from './apply.ts'
export { buildImage, type LoadPlan, type LoadSource } from './build-image.ts'
export { agentClient, type Client, type ClientOptions, type PostedSnapshot } from './client.ts'
export { collect } from './collect.ts'
export { emulatedHost, type EmulatedHost } from './emulated-backend.ts'
export type { AgentFailure, AgentFailureCode } from './failure.ts'
export { readIdentity, writeIdentity, type Identity } from './identity.ts'
export { fileImages, generatedImages, type ImageSource } from './images.ts'
export { fileJournal, memoryJournal, type Journal, type JournalEntry } from './journal.ts'
export type { KexecBackend } from './kexec-backend.ts'
export {
  archOfCapture,
  enroll,
  once,
  postSnapshot,
  run,
  type Agent,
  type EnrollWith,
  type Round,
} from './loop.ts'
export { sha256 } from './sha256.ts'
