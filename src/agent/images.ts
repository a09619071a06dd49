import { readFile } from 'node:fs/promises'
import { generateImage } from '../machine/index.ts'
import type { BootEntry } from '../wire/boot-entry.ts'
import { sha256 } from './sha256.ts'

/** Where the bytes of a boot entry come from; null where they are not to be had. */
export interface ImageSource {
  /** Stand-ins of the right size with the right head: good for an emulated host, and no digest holds. */
  readonly generated: boolean
  kernel(entry: BootEntry): Promise<Uint8Array | null>
  initrd(entry: BootEntry): Promise<Uint8Array | null>
}

const SEED_DIGITS = 7
/** Generated images kept in memory: a fleet shares few boot entries. */
const MAX_KEPT = 8

/** Images made of a boot entry's header and digests alone. */
export function generatedImages(): ImageSource {
  const kept = new Map<string, Uint8Array>()
  const image = (head: Uint8Array, size: number, digest: string): Uint8Array => {
    const key = `${digest} ${size}`
    const made =
      kept.get(key) ?? generateImage(head, size, Number.parseInt(digest.slice(0, SEED_DIGITS), 16) || 1)
    kept.delete(key)
    kept.set(key, made)
    for (const oldest of kept.keys()) if (kept.size > MAX_KEPT) kept.delete(oldest)
    return made
  }
  return {
    generated: true,
    kernel: async ({ linux }) => image(Buffer.from(linux.header, 'base64'), linux.size, linux.sha256),
    initrd: async ({ initrd }) => initrd && image(new Uint8Array(0), initrd.size, initrd.sha256),
  }
}

/** Images from files on this host, found by their digest. */
export function fileImages(paths: readonly string[]): ImageSource {
  const byDigest = async (digest: string): Promise<Uint8Array | null> => {
    for (const path of paths) {
      const bytes = await readFile(path)
      if (sha256(bytes) === digest) return bytes
    }
    return null
  }
  return {
    generated: false,
    kernel: ({ linux }) => byDigest(linux.sha256),
    initrd: async ({ initrd }) => initrd && byDigest(initrd.sha256),
  }
}
