import { captureNames, hostFile, loadCapture } from '../capture.ts'
import { fdtBytes, readFdt, type CaptureFiles, type TextFile } from '../../src/planner/index.ts'

/** A log is thousands of lines of which a dozen are read: those, and as many others. */
const LOG_LINE = /LPI|crng|Allowing|nr_cpu_ids|MemMap|ACPI: [!-~]{4} 0x|KASLR/
const LOG_LINES = 60

/** Files that collectors send today and that the captures are older than. */
const MADE_UP: CaptureFiles = {
  'boot-id': '6e8f1c1e-0a54-4d0c-9b3f-111111111111\n',
  'page-size': '4096\n',
  cpus: 'possible 0-3,8\npresent 0-3\n',
  purgatory: '0x5000\n',
}

/** The captures, each small enough to be damaged thousands of times a second. */
export const CAPTURES: readonly CaptureFiles[] = captureNames().map((name) => {
  const files = loadCapture(name)
  return {
    ...files,
    ...(files.dmesg === undefined ? {} : { dmesg: shortLog(files.dmesg) }),
    ...(files.fdt ? { fdt: packed(files.fdt) } : {}),
    ...MADE_UP,
  }
})

export const IMAGES: readonly Uint8Array[] = distinct(
  captureNames().flatMap((name) => {
    const head = hostFile(name, 'kernel-header.bin')
    return head ? [new Uint8Array(head)] : []
  }),
)

/** Every distinct content that a file has in the captures. */
export function textsOf(file: TextFile): string[] {
  return [...new Set(CAPTURES.flatMap((files) => files[file] ?? []))]
}

export function blobsOf(file: 'fdt' | 'boot-params'): Uint8Array[] {
  return distinct(CAPTURES.flatMap((files) => files[file] ?? []))
}

function distinct(blobs: readonly Uint8Array[]): Uint8Array[] {
  return [...new Map(blobs.map((blob) => [Buffer.from(blob).toString('latin1'), blob])).values()]
}

function shortLog(log: string): string {
  const lines = log.split('\n')
  const read = lines.filter((line) => LOG_LINE.test(line))
  return [...read.slice(0, LOG_LINES), ...lines.slice(0, 20)].map((line) => `${line}\n`).join('')
}

/** Firmware leaves a megabyte of room behind the tree: without it. */
function packed(blob: Uint8Array): Uint8Array {
  const read = readFdt(blob)
  return read.ok ? fdtBytes({ ...read.value, padding: 8 }) : blob
}
