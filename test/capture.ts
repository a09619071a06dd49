import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { TEXT_FILES, type CaptureFiles } from '../src/planner/read/capture-files.ts'

/** The folder of the captures of real hosts. */
export const HOSTS = join(dirname(fileURLToPath(import.meta.url)), 'hosts')

/** Every capture's name, ascending. */
export function captureNames(): string[] {
  return readdirSync(HOSTS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

/** One capture as its host would post it; never the experiment's own files (case, truth, calls). */
export function loadCapture(name: string): CaptureFiles {
  const folder = join(HOSTS, name)
  const files: { [name: string]: string | Uint8Array } = {}
  for (const file of TEXT_FILES) {
    const bytes = plainOrGzipped(join(folder, `${file}.txt`))
    if (bytes) files[file] = bytes.toString('utf8')
  }
  const fdt = plainOrGzipped(join(folder, 'fdt.dtb'))
  if (fdt) files['fdt'] = new Uint8Array(fdt)
  const bootParams = plainOrGzipped(join(folder, 'boot_params.bin'))
  if (bootParams) files['boot-params'] = new Uint8Array(bootParams)
  return files as CaptureFiles
}

/** Another file of the folder, plain or gzipped: what an experiment left beside the capture. */
export function hostFile(name: string, file: string): Buffer | null {
  return plainOrGzipped(join(HOSTS, name, file))
}

function plainOrGzipped(path: string): Buffer | null {
  if (existsSync(path)) return readFileSync(path)
  if (existsSync(`${path}.gz`)) return gunzipSync(readFileSync(`${path}.gz`))
  return null
}
