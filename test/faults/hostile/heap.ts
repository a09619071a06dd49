import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What is in use once everything that nobody holds is gone. */
export interface HeapSample {
  readonly inputs: number
  readonly bytes: number
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

export async function heapInUse(): Promise<number> {
  // Twice, and with a turn between: finalizers free more.
  collect()
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

export interface HeapFit {
  readonly firstBytes: number
  readonly lastBytes: number
  /** Of the straight line through all samples. Units: bytes an input. */
  readonly slope: number
  /** How much of what varies the line explains, 0 to 1. */
  readonly r2: number
}

/** A straight line through the samples, by least squares; null for fewer than three. */
export function fitOf(samples: readonly HeapSample[]): HeapFit | null {
  const [first] = samples
  const last = samples.at(-1)
  if (samples.length < 3 || !first || !last) return null
  const mean = (of: (one: HeapSample) => number) =>
    samples.reduce((sum, one) => sum + of(one), 0) / samples.length
  const x = mean(({ inputs }) => inputs)
  const y = mean(({ bytes }) => bytes)
  const xy = mean(({ inputs, bytes }) => (inputs - x) * (bytes - y))
  const xx = mean(({ inputs }) => (inputs - x) ** 2)
  const yy = mean(({ bytes }) => (bytes - y) ** 2)
  const r2 = xx === 0 || yy === 0 ? 0 : xy ** 2 / (xx * yy)
  return { firstBytes: first.bytes, lastBytes: last.bytes, slope: xx === 0 ? 0 : xy / xx, r2 }
}
