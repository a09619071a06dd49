import { describe, expect, test } from 'vitest'
import {
  planLoad,
  readSnapshot,
  STRATEGIES,
  type PlanRequest,
  type Range,
} from '../../../src/planner/index.ts'
import { MAX_ROWS } from '../../../src/planner/read/lines.ts'
import { KERNEL, sha256, snapshotOf } from '../host.ts'
import { HOSTILE_HOSTS, type HostileHost } from './hosts.ts'
import { HOSTILE_TEXTS, hostWith } from './texts.ts'

const BYTES = 64 * 1024

test.each(HOSTILE_TEXTS)('%s: %s', (_why, file, make, outcome) => {
  const read = readSnapshot(hostWith(file, make(BYTES)))
  const codes = read.ok ? [] : read.error.filter((e) => e.file === file).map((e) => e.code)
  expect(codes).toEqual(outcome === 'read' ? [] : [outcome])
})

test('more lines than any map has are refused at the first too many', () => {
  const line = (i: number) => `${(0x40000000 + i).toString(16)}-${(0x40000000 + i).toString(16)} : x\n`
  const many = Array.from({ length: MAX_ROWS + 1 }, (_, i) => line(i))
  expect(readSnapshot(hostWith('iomem', many.slice(1).join(''))).ok).toBe(true)
  const refused = readSnapshot(hostWith('iomem', many.join('')))
  expect(refused).toMatchObject({ ok: false, error: [{ code: 'too-many-lines', line: MAX_ROWS + 1 }] })
})

/** How often a plan looks at a border of any of the host's own ranges. */
function looks(
  { files, initrdSize, cmdline = 'nokaslr', exceptions = [], kernel }: HostileHost,
  n: number,
): number[] {
  const snapshot = snapshotOf(files(n))
  let reads = 0
  const look = (border: number) => {
    reads++
    return border
  }
  const counted = (range: Range): Range =>
    Object.defineProperties(
      { ...range },
      {
        start: { get: () => look(range.start) },
        last: { get: () => look(range.last) },
      },
    )
  const own = <T extends { readonly range: Range }>(list: readonly T[]): T[] =>
    list.map((one) => ({ ...one, range: counted(one.range) }))
  const { memblock, firmwareMap } = snapshot
  return STRATEGIES.map((strategy) => {
    const request: PlanRequest = {
      snapshot: {
        ...snapshot,
        iomem: own(snapshot.iomem).map((e) => ({ ...e, children: own(e.children) })),
        memblock: memblock && { memory: own(memblock.memory), reserved: own(memblock.reserved) },
        firmwareMap: firmwareMap && own(firmwareMap),
      },
      kernel: kernel ?? KERNEL[snapshot.arch],
      initrdSize,
      cmdline,
      purpose: 'reboot',
      strategy,
      pins: [],
      booted: [],
      ...(strategy === 'pinned' ? { exceptions } : {}),
    }
    reads = 0
    planLoad(request, sha256)
    return reads
  })
}

describe('planning looks at twice as many ranges about twice as often', () => {
  test.each(HOSTILE_HOSTS.map((host) => [host.why, host] as const))('%s', (_why, host) => {
    const [few, many] = [looks(host, 200), looks(host, 800)]
    // Four times as many: a search for each of them would look sixteen times as often.
    for (const [i, reads] of many.entries()) expect(reads).toBeLessThan(6 * (few[i] as number))
  })
})
