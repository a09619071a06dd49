import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { renderEfiMap } from '../../../src/planner/read/efi-map.ts'
import { packedSize } from '../../../src/planner/read/fdt-bytes.ts'
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

  if (snapshot.fdt)
    test('its device tree packs to no more than it holds', () => {
      expect(packedSize(snapshot.fdt ?? raise())).toBeLessThanOrEqual(files.fdt?.length ?? 0)
    })

  test.runIf(hostFile(name, 'second-kernel-iomem.txt'))('what its second kernel reported is read too', () => {
    const text = hostFile(name, 'second-kernel-iomem.txt')?.toString('utf8') ?? ''
    expect(renderIomem(readable(readIomem(text)))).toBe(text)
  })
})

function raise(): never {
  throw new Error('no device tree')
}

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
