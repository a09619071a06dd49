import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import { reasonOf, wholeFile, type InputError } from './input-error.ts'

/** Bytes of an image that the planner reads, and that the service keeps. */
export const HEAD_BYTES = 4096

export interface KernelFile {
  /** The first 4 KiB, or all of a shorter file. */
  readonly head: Uint8Array
  /** Units: bytes of the file as it lies there. */
  readonly size: number
}

/** Reads the head of an image, however long the image is. */
export function readKernelFile(path: string): Result<KernelFile, InputError> {
  let file: number | null = null
  try {
    file = openSync(path, 'r')
    const head = new Uint8Array(HEAD_BYTES)
    const read = readSync(file, head, 0, HEAD_BYTES, 0)
    return ok({ head: head.subarray(0, read), size: fstatSync(file).size })
  } catch (thrown) {
    return err(wholeFile('unreadable-file', path, 'a kernel image', reasonOf(thrown)))
  } finally {
    if (file !== null) closeSync(file)
  }
}
