import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256, type KexecBackend } from '../../../src/agent/index.ts'
import { digestOfBytes, type LoadedSegment } from '../../../src/machine/index.ts'
import type { CaptureFiles } from '../../../src/planner/index.ts'

/** A host whose state is on disk, so that it outlives the process of its agent, as a real one does. */
export interface DiskHost {
  readonly backend: KexecBackend
  capture(): Promise<CaptureFiles>
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

/** `at` is told of the places inside a call. A jump ends this process: nothing of it is there in the next boot. */
export function diskHost(folder: string, at: (place: (typeof INSIDE)[number]) => void): DiskHost {
  const path = join(folder, 'running.json')
  const running = (): Running =>
    existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Running) : { boot: 0, loaded: null }
  const become = (next: Running): void => writeFileSync(path, JSON.stringify(next))
  const asked = (what: string): void => appendFileSync(join(folder, 'calls'), `${what}\n`)
  return {
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
        become({ boot: running().boot + 1, loaded: null })
        process.kill(process.pid, 'SIGKILL')
        return new Promise(() => {})
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
