import { patternBytes } from './content.ts'

/**
 * The bytes of a kernel or an initrd of which only the head is known: the head, then seeded bytes.
 *
 * The head alone decides where a loader puts an image and what it reads from it, so a host that is
 * emulated needs no real image; the seed makes two images of one size two images.
 *
 * Units: `size` in bytes; a longer head is cut. Errors: throws on a size that is no array's length.
 */
export function generateImage(head: Uint8Array, size: number, seed: number): Uint8Array {
  const image = patternBytes(seed, 0, size)
  image.set(head.subarray(0, Math.min(head.length, size)))
  return image
}
