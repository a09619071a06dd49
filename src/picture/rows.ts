import type { Cell, Lane, Mark } from './cell.ts'

/** A stretch in which no lane changes, `to` not included. */
export interface Row {
  readonly at: number
  readonly to: number
  /** Of each lane the deepest cell; null where it has none. */
  readonly cells: readonly (Cell | null)[]
  /** Whether that cell has not been seen in the row before. */
  readonly begins: readonly boolean[]
  readonly marks: readonly Mark[]
}

/** The lanes cut into rows, from the first byte to the last. Costs n log n, and the depth of the cells. */
export function rowsOf(lanes: readonly Pick<Lane, 'cells'>[], marks: readonly Mark[] = []): Row[] {
  const all = lanes.flatMap(({ cells }) => cells)
  const borders = [...new Set(all.flatMap(({ range: r }) => [r.start, r.last + 1]))].sort((a, b) => a - b)
  const sweeps = lanes.map(({ cells }) => sweepOf(cells))
  const rows: Row[] = []
  for (const [i, at] of borders.slice(0, -1).entries()) {
    const to = borders[i + 1] as number
    const cells = sweeps.map((sweep) => sweep(at))
    const before = rows.at(-1)
    const here = marks.filter((mark) => at <= mark.at && mark.at < to)
    const begins = cells.map((cell, lane) => cell !== before?.cells[lane])
    rows.push({ at, to, cells, begins, marks: here })
  }
  return rows
}

/** Asked for rising addresses, tells the deepest cell there; of two as deep, the one that began later. */
function sweepOf(cells: readonly Cell[]): (at: number) => Cell | null {
  let next = 0
  let open: Cell[] = []
  return (at) => {
    open = open.filter((cell) => cell.range.last >= at)
    for (let cell = cells[next]; cell && cell.range.start <= at; cell = cells[++next]) {
      if (cell.range.last >= at) open.push(cell)
    }
    return open.reduce<Cell | null>((best, cell) => (best && best.depth > cell.depth ? best : cell), null)
  }
}
