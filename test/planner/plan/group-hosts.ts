import type { CaptureFiles, Pin, PlanRequest } from '../../../src/planner/index.ts'
import { layoutOf } from '../../../src/planner/plan/group-layout.ts'
import type { GroupMember } from '../../../src/planner/plan/group-pins.ts'
import { captureNames, loadCapture } from '../../capture.ts'
import { KERNEL, snapshotOf } from '../host.ts'
import { trueLoads } from '../truth.ts'

/** What a group loads, on one host of it. */
export function memberOf(
  name: string,
  files: CaptureFiles,
  change: Partial<PlanRequest> = {},
  pins: readonly Pin[] = [],
): GroupMember {
  return { name, layout: layoutOf(requestOf(files, change)), pins }
}

export function requestOf(files: CaptureFiles, change: Partial<PlanRequest> = {}): PlanRequest {
  const snapshot = snapshotOf(files)
  return {
    snapshot,
    kernel: KERNEL[snapshot.arch],
    initrdSize: 0x1000000,
    cmdline: 'root=/dev/sda1 nokaslr',
    purpose: 'reboot',
    strategy: 'pinned',
    pins: [],
    booted: [],
    ...change,
  }
}

/** An x86_64 host with these ranges of RAM, first and last byte, as iomem has them. */
export function x86Member(
  name: string,
  ram: readonly (readonly [number, number])[],
  change: Partial<PlanRequest> = {},
  pins: readonly Pin[] = [],
): GroupMember {
  return memberOf(name, x86Files(ram), change, pins)
}

export function x86Files(ram: readonly (readonly [number, number])[], below = ''): CaptureFiles {
  const line = ([start, last]: readonly [number, number]) => `${hex8(start)}-${hex8(last)} : System RAM\n`
  return { uname: 'Linux host 6.12.0-amd64 #1 SMP x86_64 GNU/Linux', iomem: ram.map(line).join('') + below }
}

function hex8(n: number): string {
  return n.toString(16).padStart(8, '0')
}

/** Captures on which a kernel was loaded for a reboot, with the first such load. */
export function capturedMembers(): { member: GroupMember; load: string }[] {
  const loads = trueLoads().filter((l) => l.purpose === 'reboot' && l.segments.length > 0)
  return captureNames().flatMap((name) => {
    const load = loads.find((l) => l.capture === name)
    if (!load) return []
    const kernel = { head: load.header, size: load.kernelSize }
    const { initrdSize, cmdline } = load
    const what = `${kernel.size} ${initrdSize}`
    return [{ member: memberOf(name, loadCapture(name), { kernel, initrdSize, cmdline }), load: what }]
  })
}
