import type { DemoHost } from '../cli/demo/demo-hosts.ts'
import { generateImage } from '../machine/index.ts'
import type { StrategyName } from '../planner/index.ts'
import { chain, type ChainOptions } from './chain.ts'
import { drawsOf } from './draws.ts'
import { capturedFirmware } from './firmware.ts'
import type { Images } from './safety.ts'
import type { Tally } from './tally.ts'

/** In the order of the columns. */
export const COMPARED: readonly StrategyName[] = ['pinned', 'kexec_file', 'kexec_tools']

export interface HostResult {
  readonly host: string
  readonly tallies: readonly Tally[]
}

const INITRD_SEED = 2

/** One host under each strategy, on the same draws. */
export function simulateHost(host: DemoHost, options: ChainOptions): HostResult {
  const { bootId } = drawsOf(options.seed, host.name, 1)
  const firmware = capturedFirmware({ ...host.files, 'boot-id': `${bootId}\n` })
  const images = imagesOf(host)
  return {
    host: host.name,
    tallies: COMPARED.map((strategy) => chain(host, images, firmware, strategy, options)),
  }
}

function imagesOf({ kernel, initrd }: DemoHost): Images {
  return {
    kernel: withKeptViews(generateImage(kernel.head, kernel.size, 1)),
    initrd: initrd && generateImage(new Uint8Array(), initrd.size, INITRD_SEED),
  }
}

/** The same part asked for again is the same array: digests are remembered by array, and an image is large. */
function withKeptViews(bytes: Uint8Array): Uint8Array {
  const views = new Map<string, Uint8Array>()
  const cut = bytes.subarray.bind(bytes)
  const subarray = (from?: number, to?: number): Uint8Array => {
    const key = `${from} ${to}`
    const view = views.get(key) ?? cut(from, to)
    views.set(key, view)
    return view
  }
  return Object.assign(bytes, { subarray })
}
