import { readSnapshot, type CaptureFiles } from '../../planner/index.ts'

const STEP = 0x10000
const KERNEL_CODE = /^( *)([0-9a-f]+)-([0-9a-f]+) : Kernel code$/m

/** The same boot with its kernel a little further up; null where that would be no capture any more. */
export function movedKernel(files: CaptureFiles): CaptureFiles | null {
  const found = KERNEL_CODE.exec(files.iomem ?? '')
  if (!found) return null
  const [line, indent = '', first = '', last = ''] = found
  const start = Number.parseInt(first, 16) + STEP
  if (start > Number.parseInt(last, 16)) return null
  const moved = `${indent}${start.toString(16).padStart(first.length, '0')}-${last} : Kernel code`
  const changed = { ...files, iomem: (files.iomem ?? '').replace(line, moved) }
  return readSnapshot(changed).ok ? changed : null
}
