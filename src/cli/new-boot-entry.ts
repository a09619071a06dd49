import { createHash } from 'node:crypto'
import type { Schemas } from '../client/index.ts'
import { inputErrorLine } from './input-error.ts'
import { readBytesFile } from './json-file.ts'
import { HEAD_BYTES } from './kernel-file.ts'
import { RemoteFailed } from './remote-failed.ts'

interface Image {
  readonly title: string
  readonly bootVersion: string
  readonly arch: 'arm64' | 'x86_64'
  readonly kernel: string
  readonly initrd?: string
  readonly dtb?: string
  readonly cmdline: string
}

/** A boot entry of files. Errors: `RemoteFailed` where one cannot be read. */
export function newBootEntry(image: Image): Schemas['NewBootEntry'] {
  const { title, bootVersion: version, arch: architecture, kernel, initrd, dtb, cmdline: options } = image
  const linux = bytesOf(kernel)
  const devicetree = dtb === undefined ? null : bytesOf(dtb)
  return {
    ...{ title, version, architecture, options },
    linux: { ...named(linux), header: linux.subarray(0, HEAD_BYTES).toString('base64') },
    initrd: initrd === undefined ? null : named(bytesOf(initrd)),
    devicetree: devicetree && { ...named(devicetree), data: devicetree.toString('base64') },
  }
}

function named(bytes: Buffer) {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length }
}

function bytesOf(path: string): Buffer {
  const read = readBytesFile(path)
  if (read.ok) return read.value
  throw new RemoteFailed(inputErrorLine(read.error))
}
