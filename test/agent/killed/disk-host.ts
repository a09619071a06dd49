import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256, type KexecBackend } from '../../../src/agent/index.ts'
import { digestOfBytes, type LoadedSegment } from '../../../src/machine/index.ts'
import type { CaptureFiles } from '../../../src/planner/index.ts'

/** A host whose state is on disk, so that it outlives the process of its agent, as a real one does. */
export interface DiskHost {
  readonly backend: KexecBackend
  capture(): Promise<CaptureFiles>
  /** Time passes, and with it the power, where a hook has told somebody to take it away. */
  sleep(): Promise<void>
}

interface Running {
  readonly boot: number
  readonly loaded: readonly LoadedSegment[] | null
}

/** Places inside the kernel's own calls where an agent can be killed too. */
export const INSIDE = ['inside-load', 'load-stored'] as const

export function bootIdOf(boot: number): string {
  return `00000000-0000-4000-8000-${String(boot).padStart(12, '0')}`
}

/** Lays a host out in a folder. */
export function layOutHost(folder: string, files: CaptureFiles): void {
  const kept = Object.entries(files).map(([name, content]) => [
    name,
    typeof content === 'string' ? { text: content } : { base64: Buffer.from(content).toString('base64') },
  ])
  writeFileSync(join(folder, 'capture.json'), JSON.stringify(kept))
}

/** What was asked of the kernel, in order. */
export function callsOf(folder: string): string[] {
  const path = join(folder, 'calls')
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').filter(Boolean) : []
}

/** A hook that tells somebody to take the power away. */
export function layOutPowerCycle(folder: string): void {
  const stage = join(folder, 'hooks', 'power-cycle.d')
  mkdirSync(stage, { recursive: true })
  writeFileSync(join(stage, 'cycle'), `#!/bin/sh\ntouch ${join(folder, POWER_GOES)}\n`, { mode: 0o755 })
}

const POWER_GOES = 'power-goes'

/** `at` is told of the places inside a call. A jump ends this process: nothing of it is there in the next boot. */
export function diskHost(folder: string, at: (place: (typeof INSIDE)[number]) => void): DiskHost {
  const path = join(folder, 'running.json')
  const running = (): Running =>
    existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Running) : { boot: 0, loaded: null }
  const become = (next: Running): void => writeFileSync(path, JSON.stringify(next))
  const reset = (): Promise<never> => {
    become({ boot: running().boot + 1, loaded: null })
    process.kill(process.pid, 'SIGKILL')
    return new Promise(() => {})
  }
  const losePower = async (): Promise<void> => {
    const order = join(folder, POWER_GOES)
    if (!existsSync(order)) return
    rmSync(order)
    await reset()
  }
  const asked = (what: string): void => appendFileSync(join(folder, 'calls'), `${what}\n`)
  return {
    sleep: losePower,
    capture: async () => ({ ...laidOut(folder), 'boot-id': `${bootIdOf(running().boot)}\n` }),
    backend: {
      async load(image) {
        asked('load')
        if (existsSync(join(folder, 'refuses')))
          return { ok: false, error: { code: 'overlap', segment: 0, detail: 'no' } }
        at('inside-load')
        const loaded = image.segments.map(({ kind, mem, memsz, bytes }) => {
          return {
            kind,
            mem,
            memsz,
            bufsz: bytes.length,
            sha256: digestOfBytes(bytes, 0, bytes.length, sha256),
          }
        })
        become({ ...running(), loaded })
        at('load-stored')
        return { ok: true, value: loaded }
      },
      async unload() {
        become({ ...running(), loaded: null })
      },
      loaded: async () => running().loaded,
      exec() {
        asked(running().loaded ? 'exec' : 'exec of nothing')
        return reset()
      },
      async reboot(mode) {
        asked(mode)
        if (mode === 'powercycle') await losePower()
        return mode === 'cold'
          ? reset()
          : { ok: false, error: { code: 'still-up', detail: 'nobody cut the power' } }
      },
    },
  }
}

function laidOut(folder: string): CaptureFiles {
  const kept = JSON.parse(readFileSync(join(folder, 'capture.json'), 'utf8')) as [
    string,
    { text?: string; base64?: string },
  ][]
  return Object.fromEntries(
    kept.map(([name, { text, base64 }]) => [
      name,
      text ?? new Uint8Array(Buffer.from(base64 ?? '', 'base64')),
    ]),
  )
}
