import type { ArchName } from '../names.ts'
import { putU32le, putU64le } from '../bytes/endian.ts'
import type { CoreHeader } from './elfcorehdr.ts'

const ELF_HEADER = 64
const PROGRAM_HEADER = 56
const MACHINE: Record<ArchName, number> = { arm64: 183, x86_64: 62 }
const ET_CORE = 4
const TYPE = { load: 1, note: 4 } as const
const READ_WRITE_EXECUTE = 7

/**
 * elfcorehdr as bytes: an ELF64 core file of headers alone, whose contents are memory itself.
 *
 * Units: bytes; the result has exactly `bufsz`, zeros after the last header.
 * Errors: throws where the headers do not fit `bufsz`.
 * Source: the ELF-64 object file format; offsets of a core over physical memory are physical addresses.
 */
export function elfBytes(arch: ArchName, headers: readonly CoreHeader[], bufsz: number): Uint8Array {
  if (ELF_HEADER + headers.length * PROGRAM_HEADER > bufsz) {
    throw new RangeError(`${headers.length} program headers do not fit ${bufsz} bytes`)
  }
  const out = new Uint8Array(bufsz)
  out.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  out[16] = ET_CORE
  out[18] = MACHINE[arch]
  putU32le(out, 20, 1)
  putU64le(out, 32, ELF_HEADER)
  out[52] = ELF_HEADER
  out[54] = PROGRAM_HEADER
  out[56] = headers.length % 256
  out[57] = Math.floor(headers.length / 256)
  for (const [i, header] of headers.entries()) putHeader(out, ELF_HEADER + i * PROGRAM_HEADER, header)
  return out
}

function putHeader(out: Uint8Array, at: number, header: CoreHeader): void {
  putU32le(out, at, TYPE[header.type])
  putU32le(out, at + 4, header.type === 'load' ? READ_WRITE_EXECUTE : 0)
  putU64le(out, at + 8, header.paddr)
  const digits = header.vaddr.slice(2).padStart(16, '0')
  putU32le(out, at + 16, Number.parseInt(digits.slice(8), 16))
  putU32le(out, at + 20, Number.parseInt(digits.slice(0, 8), 16))
  putU64le(out, at + 24, header.paddr)
  putU64le(out, at + 32, header.memsz)
  putU64le(out, at + 40, header.memsz)
}
