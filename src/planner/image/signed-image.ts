import { asciiAt } from '../bytes/ascii.ts'
import { u16le, u32le } from '../bytes/endian.ts'

const PE_OFFSET_AT = 0x3c
/** From the PE header on: its magic is followed by a header of 20 bytes. */
const OPTIONAL_AT = 24
const PE32_PLUS = 0x20b
/** In the optional header of a 64-bit image. */
const DIRECTORIES_AT = 108
const CERTIFICATES = 4
const DIRECTORY_BYTES = 8

/**
 * Whether a kernel carries a signature, as its EFI stub's header says; null where its head does not tell.
 *
 * Whose signature it is, and whether it is good, is in no header. An image without an EFI stub has nowhere to carry one.
 *
 * Units: `head` is the image or its first 4 KiB.
 * Source: Microsoft's PE format, optional header data directories, the certificate table.
 */
export function isSigned(head: Uint8Array): boolean | null {
  if (head.length < PE_OFFSET_AT + 4) return null
  if (asciiAt(head, 0, 2) !== 'MZ') return false
  const optional = u32le(head, PE_OFFSET_AT) + OPTIONAL_AT
  const directory = optional + DIRECTORIES_AT + 4 + CERTIFICATES * DIRECTORY_BYTES
  if (directory + DIRECTORY_BYTES > head.length) return null
  if (asciiAt(head, optional - OPTIONAL_AT, 4) !== 'PE\0\0') return false
  if (u16le(head, optional) !== PE32_PLUS) return null
  if (u32le(head, optional + DIRECTORIES_AT) <= CERTIFICATES) return false
  return u32le(head, directory + 4) > 0
}
