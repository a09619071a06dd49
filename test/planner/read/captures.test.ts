import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { renderEfiMap } from '../../../src/planner/read/efi-map.ts'
import { u32be } from '../../../src/planner/bytes/endian.ts'
import { fdtBytes, packedSize } from '../../../src/planner/read/fdt-bytes.ts'
import { readFdt } from '../../../src/planner/read/fdt.ts'
import { renderFirmwareMap } from '../../../src/planner/read/firmware-map.ts'
import { readIomem, renderIomem } from '../../../src/planner/read/iomem.ts'
import { readMemblock, renderMemblock } from '../../../src/planner/read/memblock.ts'
import { readSnapshot } from '../../../src/planner/read/snapshot.ts'
import { captureNames, hostFile, HOSTS, loadCapture } from '../../capture.ts'
import { readable } from './refused.ts'

describe.each(captureNames())('%s', (name) => {
  const files = loadCapture(name)
  const result = readSnapshot(files)

  test('is read', () => {
    expect(result.ok ? [] : result.error).toEqual([])
  })
  if (!result.ok) return
  const snapshot = result.value

  test('renders its five maps byte for byte', () => {
    expect(renderIomem(snapshot.iomem)).toBe(files.iomem)
    expect(snapshot.memblock && renderMemblock(snapshot.memblock.memory)).toBe(
      files['memblock-memory'] ?? null,
    )
    expect(snapshot.memblock && renderMemblock(snapshot.memblock.reserved)).toBe(
      files['memblock-reserved'] ?? null,
    )
    expect(snapshot.firmwareMap && renderFirmwareMap(snapshot.firmwareMap)).toBe(
      files['firmware-memmap'] ?? null,
    )
    expect(snapshot.efiRuntimeMap && renderEfiMap(snapshot.efiRuntimeMap)).toBe(
      files['efi-runtime-map'] ?? null,
    )
  })

  test('is of the architecture, firmware and page size that its name says', () => {
    expect(name.startsWith(`${snapshot.arch}-`)).toBe(true)
    expect(snapshot.efi).toBe(name.includes('-uefi-') || name.includes('-ovmf-'))
    expect(snapshot.pageSize).toBe(name.includes('-64k') ? 65536 : 4096)
    expect(snapshot.fdt !== null).toBe(snapshot.arch === 'arm64')
    expect(snapshot.bootParams !== null).toBe(snapshot.arch === 'x86_64')
    expect(snapshot.memblock !== null).toBe(snapshot.arch === 'arm64')
    expect(snapshot.memTotal).toBeGreaterThan(256 * 1024 * 1024)
    expect(snapshot.possibleCpus).toBeGreaterThan(0)
  })

  test('names its hazards: two LPI tables where GICv3 runs, none elsewhere', () => {
    const tables = snapshot.dmesg?.lpiTables ?? []
    const gicv3 = snapshot.arch === 'arm64' && !name.includes('gicv2')
    expect(tables.some(({ kind }) => kind === 'property')).toBe(gicv3)
    expect(tables.some(({ kind }) => kind === 'pending')).toBe(gicv3)
  })
})

/** What the experiments left beside the captures, for the readers alone: none of it is a planner's input. */
function besides(file: string): [name: string, bytes: Buffer][] {
  return captureNames().flatMap((name) => {
    const bytes = hostFile(name, file)
    return bytes ? [[name, bytes]] : []
  })
}

test.each(besides('second-kernel-iomem.txt'))(
  'what the second kernel of %s reported is read',
  (_name, bytes) => {
    const text = bytes.toString('utf8')
    expect(renderIomem(readable(readIomem(text)))).toBe(text)
  },
)

test.each([...besides('crash-dtb.dtb'), ...besides('second-kernel-fdt.dtb')])(
  'the tree that a kernel packed for %s is already of its packed size, and is written as it was',
  (_name, bytes) => {
    const blob = new Uint8Array(bytes)
    const fdt = readable(readFdt(blob))
    expect(packedSize(fdt)).toBe(u32be(blob, 4))
    expect(readable(readFdt(fdtBytes(fdt)))).toEqual({ ...fdt, version: 17 })
    if (fdt.padding > 0) return
    // Behind a value that was shortened libfdt leaves what stood there; Berth writes zeros.
    const written = fdtBytes(fdt)
    expect([...written].filter((byte, at) => byte !== blob[at] && byte !== 0)).toEqual([])
  },
)

interface VectorSnapshot {
  readonly id: string
  readonly proc_iomem?: readonly string[]
  readonly memblock_memory?: readonly string[]
  readonly memblock_reserved?: readonly string[]
}
const vectors = JSON.parse(readFileSync(join(HOSTS, '..', 'vectors.json'), 'utf8')) as {
  readonly snapshots: readonly VectorSnapshot[]
}
const lines = (of: readonly string[] | undefined): string => (of ?? []).map((line) => `${line}\n`).join('')

test.each(vectors.snapshots.map((of) => [of.id, of] as const))(
  'the reference snapshot %s is read',
  (_id, of) => {
    const iomem = readable(readIomem(lines(of.proc_iomem)))
    expect(renderIomem(iomem)).toBe(lines(of.proc_iomem))
    const memory = readable(readMemblock(lines(of.memblock_memory), 'memblock-memory'))
    expect(renderMemblock(memory)).toBe(lines(of.memblock_memory))
    const reserved = readable(readMemblock(lines(of.memblock_reserved), 'memblock-reserved'))
    expect(renderMemblock(reserved)).toBe(lines(of.memblock_reserved))
  },
)
