export {
  type ArchName,
  CHOSEN_BY,
  PURPOSES,
  type Purpose,
  SEGMENT_KINDS,
  STRATEGIES,
  type SegmentKind,
  type StrategyName,
} from './names.ts'
export { hex, physAddr, type PhysAddr } from './bytes/phys-addr.ts'
export { range, rangeOfSize, sizeOf, type Range } from './bytes/range.ts'
export type { Result } from './bytes/result.ts'
export {
  BLOB_FILES,
  TEXT_FILES,
  type BlobFile,
  type CaptureFile,
  type CaptureFiles,
  type TextFile,
} from './read/capture-files.ts'
export type { BadInput, BadInputCode } from './read/bad-input.ts'
export { readIomem, renderIomem, type IomemEntry } from './read/iomem.ts'
export { readMemblock, renderMemblock, type MemblockRegion } from './read/memblock.ts'
export { readFirmwareMap, renderFirmwareMap, type FirmwareEntry } from './read/firmware-map.ts'
export { readEfiMap, renderEfiMap, type EfiRegion } from './read/efi-map.ts'
export { readFdt, type Fdt } from './read/fdt.ts'
export { fdtBytes, packedSize } from './read/fdt-bytes.ts'
export { readBootParams, type BootParams } from './read/boot-params.ts'
export { readDmesg, type DmesgFacts } from './read/dmesg.ts'
export { readSnapshot, type Snapshot } from './read/snapshot.ts'
export { memoryMap, type MemoryMap } from './memory/memory-map.ts'
export { bookable, describable, type View } from './memory/views.ts'
export { findingsOf, type Finding, type FindingCode } from './memory/findings.ts'
export { memoryDigest, memoryText } from './memory/memory-text.ts'
export {
  ANYWHERE,
  findHole,
  roomFrom,
  roomOf,
  type HoleFound,
  type HoleWanted,
  type Room,
} from './memory/room.ts'
export { kernelRules, isSince, rulesToTry, type KernelRules } from './rules/kernel-rules.ts'
export { HEADER_BYTES, readKernelImage, type KernelImage } from './image/kernel-image.ts'
export { isSigned } from './image/signed-image.ts'
export {
  loadRefusal,
  LOADERS,
  preflight,
  PREFLIGHT_CHECKS,
  preflightVerdict,
  type LoadAsked,
  type Loader,
  type PreflightCheck,
} from './preflight/preflight.ts'
export { sizedImage, type ImageSizes } from './image/sized-image.ts'
export type { BadKernel, BadKernelCode } from './image/bad-kernel.ts'
export { nextDtb } from './arch/next-dtb.ts'
export { kexecBuf, type KexecBuf } from './place/kexec-buf.ts'
export { locateHole } from './place/locate-hole.ts'
export type { NoHole, Refusal } from './place/refusal.ts'
export { rangeOf, type Segment } from './place/segment.ts'
export { pinsOf, type Pin } from './pin/pin.ts'
export { bootGround, calmGround, stableGround, type BootGround } from './pin/ground.ts'
export { GROWTH } from './pin/headroom.ts'
export { DEFAULT_POLICY, ON_BROKEN, type Growth, type OnBroken, type PinPolicy } from './pin/policy.ts'
export { hardwareText } from './memory/hardware-text.ts'
export { type Assumption, type PlanBody, type PlannedSegment } from './plan/plan-body.ts'
export type {
  BadKernelFailure,
  NoHoleFailure,
  PinBroken,
  PlanFailure,
  RefusedLoad,
  RefusedLoadCode,
} from './plan/plan-failure.ts'
export { planLoad } from './plan/plan-load.ts'
export type { Facts, PlanRequest, Sha256 } from './plan/plan-request.ts'
export {
  WHAT_IF_VERDICTS,
  whatIf,
  type PinMove,
  type WhatIf,
  type WhatIfRefusal,
  type WhatIfVerdict,
} from './plan/what-if.ts'
export { tryBoot, type TrialBoot, type TrialPolicy, type TriedBoot } from './plan/policy-trial.ts'
export { EXCEPTION_KINDS, type Exception, type ExceptionKind, type UsedException } from './plan/exception.ts'
export { readFacts, wireFacts, type BadFact, type WireFacts } from './plan/facts.ts'
export { readDebugLines, type BadDebugLine, type LoggedLoad } from './calibrate/debug-lines.ts'
export { calibrate, type Calibration, type Difference } from './calibrate/calibrate.ts'
export {
  groupPins,
  type CommonPin,
  type GroupMember,
  type GroupMove,
  type GroupPins,
} from './plan/group-pins.ts'
export type { GroupRefusal, NoCommonGround } from './plan/group-refusal.ts'
export { groupPinsText } from './plan/group-pins-text.ts'
export { layoutOf, type Layout } from './plan/group-layout.ts'
export { planText } from './plan/plan-text.ts'
export {
  judgeFirmwareBoot,
  planFirmwareBoot,
  renderFirmwarePlan,
  runsEntry,
  type Bootable,
  type FirmwarePlan,
} from './plan/firmware-plan.ts'
export { judgeLanding, kernelCode, type Evidence, type Landing } from './plan/landing.ts'
export { explainFailure } from './plan/explain.ts'
export { renderPlan } from './plan/render.ts'
export { CAUSE_CODES, type Cause, type CauseCode } from './plan/cause.ts'
export { compare, type Comparison } from './plan/compare.ts'
export { commandLines, compareText } from './plan/compare-text.ts'
export { explainPlan, explanationText, type Explanation } from './plan/explain-plan.ts'
export { kexecCommand, type KexecCommand, type KexecFiles } from './plan/kexec-command.ts'
export { crashkernelAdvice, type CrashkernelAdvice } from './kdump/advice.ts'
export { withCrashkernel } from './kdump/with-crashkernel.ts'
export type { Change } from './plan/plan-failure.ts'
export { whoHolds } from './memory/who-holds.ts'
export {
  CHANGES,
  diffBoots,
  LANES,
  type BootDiff,
  type Lane,
  type MapChange,
  type MapLine,
  type WordChange,
} from './memory/diff-boots.ts'
export { diffSentence, diffText } from './memory/diff-text.ts'
export { DRIFT_VERDICTS, driftOf, type DriftVerdict, type PinDrift } from './pin/drift.ts'
