import { SingleBar } from 'cli-progress'
import type { Io } from './io.ts'

/** How far something long has come. */
export interface Progress {
  step(what: string): void
  stop(): void
}

/** A bar of so many steps; none where nobody watches. */
export function progressOf(io: Io, total: number, unit: string): Progress {
  if (!io.progress) return { step: () => {}, stop: () => {} }
  const bar = new SingleBar({
    format: `{bar} {value}/{total} ${unit}  {what}`,
    hideCursor: true,
    clearOnComplete: true,
    stream: io.progress,
  })
  bar.start(total, 0, { what: '' })
  return { step: (what) => bar.increment(1, { what }), stop: () => bar.stop() }
}

/** Says how many have come of what comes one by one; nobody knows how many there will be. */
export async function* counted<T>(items: AsyncIterable<T>, io: Io): AsyncIterable<T> {
  const { progress } = io
  let n = 0
  for await (const item of items) {
    progress?.write(CLEAR_LINE)
    yield item
    progress?.write(`${++n} so far`)
  }
  progress?.write(CLEAR_LINE)
}

const CLEAR_LINE = '\r\u001b[2K'
