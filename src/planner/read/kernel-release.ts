/** A kernel release as `uname -r` prints it. */
export interface KernelRelease {
  readonly text: string
  readonly major: number
  readonly minor: number
}

const RELEASE = /^(\d{1,4})\.(\d{1,5})(?=[.\-+_~]|$)/
/** Distributions name the page size at the end, or before a further suffix such as `-debug`. */
const PAGE_SIZE = /[-+](4|16|64)k(?=[-+]|$)/

/** Reads a release; null where it does not begin with two numbers, as every kernel's does. */
export function readKernelRelease(text: string): KernelRelease | null {
  const found = RELEASE.exec(text)
  return found ? { text, major: Number(found[1]), minor: Number(found[2]) } : null
}

/** The page size that the release's suffix tells (`-64k`, `+16k`), or null. Units: bytes. */
export function pageSizeOf(release: KernelRelease): number | null {
  const found = PAGE_SIZE.exec(release.text)
  return found ? Number(found[1]) * 1024 : null
}
