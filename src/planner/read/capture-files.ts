/** The text files of a capture, by the names that the wire and the capture folder share. */
export const TEXT_FILES = [
  'uname',
  'cmdline',
  'iomem',
  'memblock-memory',
  'memblock-reserved',
  'firmware-memmap',
  'efi-ls',
  'efi-systab',
  'efi-runtime-map',
  'kexec-sysfs',
  'memory-block-size',
  'meminfo',
  'node',
  'dmesg',
  'kallsyms-few',
  'boot-id',
  'hostname',
  'machine-id',
  'dmi',
  'page-size',
  'cpus',
  'kernel-config',
  'purgatory',
  'lockdown',
  'kexec-limits',
  'secure-boot',
] as const
export type TextFile = (typeof TEXT_FILES)[number]

/** The binary files of a capture. */
export const BLOB_FILES = ['fdt', 'boot-params'] as const
export type BlobFile = (typeof BLOB_FILES)[number]

export type CaptureFile = TextFile | BlobFile

/** One boot of one host as it was collected: text and blobs, nothing parsed yet. */
export type CaptureFiles = { readonly [F in TextFile]?: string } & { readonly [F in BlobFile]?: Uint8Array }
