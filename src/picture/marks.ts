import type { Snapshot } from '../planner/index.ts'
import type { Lane, Mark } from './cell.ts'
import type { Wanted } from './refused.ts'

/** Borders that hardware or boot protocols have drawn. */
const FIXED: readonly Mark[] = [
  { at: 0x100000, label: '1 MiB' },
  { at: 0x1000000, label: '16 MiB' },
  { at: 0x100000000, label: '4 GiB' },
]

/** The fixed borders that lie inside of what is drawn, those between nodes, and the limits of what had no place. */
export function marksOf({ memblock }: Snapshot, lanes: readonly Lane[], wanted: Wanted | null): Mark[] {
  const cells = lanes.flatMap((lane) => lane.cells)
  const first = cells.reduce((least, { range }) => Math.min(least, range.start), Infinity)
  const last = cells.reduce((most, { range }) => Math.max(most, range.last), -1)
  const nodes = (memblock?.memory ?? []).flatMap(({ range, node }, i, all): Mark[] => {
    const before = all[i - 1]?.node
    return node === null || before === undefined || before === node
      ? []
      : [{ at: range.start, label: `node ${node}` }]
  })
  const { min = 0, max = null, kind = '' } = wanted ?? {}
  const limits: Mark[] = [
    { at: min, label: `lowest for the ${kind}`, limit: true },
    ...(max === null ? [] : [{ at: max + 1, label: `highest for the ${kind}`, limit: true as const }]),
  ]
  return [...FIXED, ...nodes, ...(wanted ? limits : [])]
    .filter(({ at }) => first < at && at <= last)
    .sort((a, b) => a.at - b.at)
}
