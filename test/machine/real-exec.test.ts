import { expect, test } from 'vitest'
import { buildImage } from '../../src/agent/build-image.ts'
import { sha256 } from '../../src/agent/sha256.ts'
import { execAndBoot, generateImage, load, machineFrom } from '../../src/machine/index.ts'
import { readSnapshot } from '../../src/planner/index.ts'
import { loadCapture } from '../capture.ts'
import { realExecs, type RealExec } from './real-exec.ts'

const execs = realExecs()
const landed = execs.filter((e) => e.secondIomem !== null)
const crashed = execs.filter((e) => e.secondIomem === null)

test('the captures hold jumps that landed and jumps that crashed', () => {
  expect(landed.map((e) => e.name)).not.toEqual([])
  expect(crashed.map((e) => e.name)).not.toEqual([])
})

test.each(landed.map((e) => [e.name, e] as const))(
  '%s: the emulated next boot is the real one',
  (_name, exec) => {
    const next = jump(exec)
    if (!next.ok) throw new Error(JSON.stringify(next.error))
    expect(kexecLines(next.value.iomem ?? '')).toEqual(kexecLines(exec.secondIomem ?? ''))
    expect(readSnapshot(next.value).ok).toBe(true)
    expect(next.value.cmdline?.trim()).toBe(exec.plan.inputs.cmdline)
  },
)

test.each(crashed.map((e) => [e.name, e] as const))(
  '%s: the kernel that crashed does not come up',
  (_name, exec) => {
    expect(jump(exec)).toMatchObject({ ok: false, error: { code: 'kernel-damaged' } })
  },
)

test.each(crashed.map((e) => [e.name, e] as const))(
  '%s: without the hazard it would have come up',
  (_name, exec) => {
    expect(jump(exec, { gicHazards: false })).toMatchObject({ ok: true })
  },
)

function jump(exec: RealExec, options: { gicHazards?: boolean } = {}) {
  const files = loadCapture(exec.name)
  const machine = machineFrom(files, { seed: 1, ...options })
  if (!machine.ok) throw new Error(JSON.stringify(machine.error))
  const initrd = exec.plan.segments.find((s) => s.kind === 'initrd')
  const image = buildImage(exec.plan, {
    files,
    snapshot: machine.value.snapshot,
    kernel: generateImage(exec.kernelHead, exec.kernelSize, 1),
    initrd: initrd ? generateImage(new Uint8Array(0), initrd.bufsz, 2) : null,
  })
  if (!image.ok) throw new Error(JSON.stringify(image.error))
  const loaded = load(machine.value, image.value, sha256)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return execAndBoot(machine.value, null, sha256)
}

/** The lines that kexec is about. */
function kexecLines(iomem: string): string[] {
  return iomem.split('\n').filter((line) => /Kernel code$|^\S* : System RAM$/.test(line))
}
