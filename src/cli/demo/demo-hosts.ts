import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaptureFiles } from '../../planner/index.ts'
import { readCaptureFolder } from '../capture-folder.ts'
import { inputErrorLine } from '../input-error.ts'

/** A captured host and the images that were loaded on it for real. */
export interface DemoHost {
  readonly name: string
  readonly files: CaptureFiles
  readonly kernel: { readonly head: Uint8Array; readonly size: number; readonly sha256: string }
  readonly initrd: { readonly size: number; readonly sha256: string } | null
  readonly cmdline: string
}

interface Experiment {
  readonly kernels: Record<string, { size: number; sha256: string; header_file?: string }>
  readonly initrds: Record<string, { size: number; sha256: string }>
}
type Truth = Record<
  string,
  { call?: { kernel: string; initrd: string | null; cmdline: string }; error?: string; segments?: unknown[] }
>

/**
 * Every capture of the folder on which the real kernel placed a load for a reboot; the first such load
 * gives kernel, initrd and command line.
 *
 * Errors: throws on a folder that is no capture of an experiment.
 */
export function demoHosts(folder: string): DemoHost[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => demoHost(join(folder, name), name))
}

function demoHost(folder: string, name: string): DemoHost[] {
  const truth = json(join(folder, 'truth.json')) as Truth
  const placed = Object.entries(truth).find(
    ([key, load]) =>
      /^kexec_(file|tools)/.test(key) && !key.includes('crash') && load.call && load.segments?.length,
  )
  const call = placed?.[1].call
  if (!call) return []
  const { kernels, initrds } = json(join(folder, 'case.json')) as Experiment
  const kernel = kernels[call.kernel]
  if (!kernel) throw new Error(`${folder}/case.json has no kernel ${call.kernel}`)
  const head = new Uint8Array(readFileSync(join(folder, kernel.header_file ?? 'kernel-header.bin')))
  const initrd = call.initrd === null ? null : (initrds[call.initrd] ?? null)
  const capture = readCaptureFolder(folder)
  if (!capture.ok) throw new Error(capture.error.map(inputErrorLine).join('\n'))
  return [{ name, files: capture.value.files, kernel: { ...kernel, head }, initrd, cmdline: call.cmdline }]
}

function json(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
