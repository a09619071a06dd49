import { createHash } from 'node:crypto'
import {
  planLoad,
  readSnapshot,
  type PlanBody,
  type PlanFailure,
  type PlanRequest,
  type Result,
  type Snapshot,
} from '../../src/planner/index.ts'
import type { CaptureFiles } from '../../src/planner/read/capture-files.ts'
import { arm64Head, bzImageHead } from './image/headers.ts'

export const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')

export const KERNEL = {
  x86_64: { head: bzImageHead({}), size: 0x7d7200 },
  arm64: { head: arm64Head({}), size: 0x5f3200 },
}

/** A snapshot of files that a test makes up; throws where the planner would refuse them. */
export function snapshotOf(files: CaptureFiles): Snapshot {
  const read = readSnapshot(files)
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  return read.value
}

/** An x86_64 host with these lines of iomem. */
export function x86Host(iomem: string, extra: CaptureFiles = {}): Snapshot {
  return snapshotOf({ uname: 'Linux host 6.12.0-amd64 #1 SMP x86_64 GNU/Linux', iomem, ...extra })
}

/** A pinned reboot plan; what a test cares about goes in `asked`. */
export function plan(snapshot: Snapshot, asked: Partial<PlanRequest> = {}): Result<PlanBody, PlanFailure> {
  return planLoad(
    {
      snapshot,
      kernel: KERNEL[snapshot.arch],
      initrdSize: 0x1000000,
      cmdline: 'root=/dev/sda1 nokaslr',
      purpose: 'reboot',
      strategy: 'pinned',
      pins: [],
      booted: [],
      ...asked,
    },
    sha256,
  )
}

export function planned(snapshot: Snapshot, asked: Partial<PlanRequest> = {}): PlanBody {
  const made = plan(snapshot, asked)
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  return made.value
}
