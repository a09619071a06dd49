import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CaptureFile, CaptureFiles } from '../../src/planner/index.ts'
import { fileName } from '../../src/cli/capture-folder.ts'

const SOURCES = fileURLToPath(new URL('c/', import.meta.url))

/** What the C program reads: all that decides where the running kernel itself would put an image. */
export const YARDSTICK_FILES: readonly CaptureFile[] = [
  'uname',
  'cmdline',
  'iomem',
  'memblock-memory',
  'memblock-reserved',
  'dmesg',
  'fdt',
  'efi-runtime-map',
  'meminfo',
]

/** One image to place, in a folder where its capture lies unpacked. */
export interface Asked {
  readonly dir: string
  readonly kernel: string
  readonly kernelSize: number
  readonly initrdSize: number
  readonly cmdline: string
}

export interface Yardstick {
  readonly program: string
  /** A folder of its own for a capture, with these files unpacked. */
  unpack(name: string, files: CaptureFiles, kernelHead: Uint8Array): Pick<Asked, 'dir' | 'kernel'>
  /** What it prints: a segment a line, or `refused CODE KIND`. */
  place(asked: Asked): string
  /** What one placement takes in its own loop. Units: microseconds. */
  time(asked: Asked, times: number): { readonly median: number; readonly cpu: number }
  remove(): void
}

/** Compiles the C program; null where there is no gcc. */
export function compileYardstick(): Yardstick | null {
  if (spawnSync('gcc', ['--version']).status !== 0) return null
  const folder = mkdtempSync(join(tmpdir(), 'berth-yardstick-'))
  const program = join(folder, 'place')
  const sources = readdirSync(SOURCES).filter((file) => file.endsWith('.c'))
  execFileSync('gcc', ['-std=c17', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-o', program, ...sources], {
    cwd: SOURCES,
  })
  return {
    program,
    unpack(name, files, kernelHead) {
      const dir = join(folder, name)
      mkdirSync(dir, { recursive: true })
      for (const file of YARDSTICK_FILES) {
        const content = files[file]
        if (content !== undefined) writeFileSync(join(dir, fileName(file)), content)
      }
      const kernel = join(dir, 'kernel-header.bin')
      writeFileSync(kernel, kernelHead)
      return { dir, kernel }
    },
    place: (asked) => run(program, asked, []),
    time(asked, times) {
      const out = run(program, asked, [String(times)])
      const figure = (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(out)?.[1])
      return { median: figure('wall'), cpu: figure('cpu') }
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

function run(program: string, asked: Asked, more: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, [...argumentsOf(asked), ...more], {
    encoding: 'utf8',
  })
  if (status !== 0 && status !== 3) throw new Error(`the C program failed: ${stderr}`)
  return stdout
}

export function argumentsOf({ dir, kernel, kernelSize, initrdSize, cmdline }: Asked): string[] {
  return [dir, kernel, String(kernelSize), String(initrdSize), cmdline]
}
