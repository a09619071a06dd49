import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import { TEXT_FILES, type CaptureFile, type CaptureFiles } from '../planner/read/capture-files.ts'
import { inputErrorLine, reasonOf, wholeFile, type InputError } from './input-error.ts'

/** No file of a real capture comes near this; a gzipped one that unpacks to more is refused. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

/** Long or binary: these are written gzipped, all others as they are. */
const GZIPPED: readonly CaptureFile[] = ['dmesg', 'fdt', 'kernel-config']

/** A capture and the paths that its files were read from, to name them in errors. */
export interface CaptureFolder {
  readonly files: CaptureFiles
  readonly paths: ReadonlyMap<CaptureFile, string>
}

/**
 * Reads a capture folder: each file of a capture, plain or gzipped; other files are let lie.
 *
 * Errors: a folder or file that cannot be read, or unpacked. What the texts say is not looked at.
 */
export function readCaptureFolder(dir: string): Result<CaptureFolder, readonly InputError[]> {
  const names = namesIn(dir)
  if (!names.ok) return err([names.error])
  const files: { [file: string]: string | Uint8Array } = {}
  const paths = new Map<CaptureFile, string>()
  const errors: InputError[] = []
  for (const file of [...TEXT_FILES, 'fdt', 'boot-params'] as const) {
    const name = fileName(file)
    const found = [name, `${name}.gz`].find((candidate) => names.value.has(candidate))
    if (found === undefined) continue
    const path = join(dir, found)
    const bytes = readPlainOrGzipped(path)
    if (!bytes.ok) {
      errors.push(bytes.error)
      continue
    }
    paths.set(file, path)
    files[file] = isBlob(file) ? new Uint8Array(bytes.value) : bytes.value.toString('utf8')
  }
  return errors.length > 0 ? err(errors) : ok({ files: files as CaptureFiles, paths })
}

/** The files of a capture folder. Errors: throws one sentence with everything that is wrong. */
export function captureFilesIn(dir: string): CaptureFiles {
  const folder = readCaptureFolder(dir)
  if (!folder.ok) throw new Error(folder.error.map(inputErrorLine).join('; '))
  return folder.value.files
}

/** Writes a capture as a folder that `readCaptureFolder` reads back unchanged; returns the names written. */
export function writeCaptureFolder(dir: string, files: CaptureFiles): string[] {
  mkdirSync(dir, { recursive: true })
  const written: string[] = []
  for (const [file, content] of Object.entries(files) as [CaptureFile, string | Uint8Array][]) {
    const gzipped = GZIPPED.includes(file)
    const name = gzipped ? `${fileName(file)}.gz` : fileName(file)
    writeFileSync(join(dir, name), gzipped ? gzipSync(content) : content)
    written.push(name)
  }
  return written.sort()
}

/** The name that a file of a capture has in its folder, when it is not gzipped. */
export function fileName(file: CaptureFile): string {
  if (file === 'fdt') return 'fdt.dtb'
  if (file === 'boot-params') return 'boot_params.bin'
  return `${file}.txt`
}

function isBlob(file: CaptureFile): boolean {
  return file === 'fdt' || file === 'boot-params'
}

function namesIn(dir: string): Result<ReadonlySet<string>, InputError> {
  try {
    return ok(new Set(readdirSync(dir)))
  } catch (thrown) {
    return err(wholeFile('unreadable-folder', dir, 'a capture folder', reasonOf(thrown)))
  }
}

function readPlainOrGzipped(path: string): Result<Buffer, InputError> {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (thrown) {
    return err(wholeFile('unreadable-file', path, 'a file that can be read', reasonOf(thrown)))
  }
  if (!path.endsWith('.gz')) return ok(bytes)
  try {
    return ok(gunzipSync(bytes, { maxOutputLength: MAX_FILE_BYTES }))
  } catch (thrown) {
    return err(wholeFile('bad-gzip', path, `gzip data of at most ${MAX_FILE_BYTES} bytes`, reasonOf(thrown)))
  }
}
