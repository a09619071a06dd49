import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { demoHosts } from '../cli/demo/demo-hosts.ts'
import type { ChainOptions } from './chain.ts'
import type { Run } from './report.ts'
import { simulateHost, type HostResult } from './simulate-host.ts'
import type { WorkerTask } from './worker.ts'

export interface SimulateOptions extends ChainOptions {
  /** A folder of captures with what their experiments recorded. */
  readonly folder: string
  /** Of the hosts, only these; all where it is empty. */
  readonly only: readonly string[]
  /** 0: in this thread. The result is the same. */
  readonly workers?: number
  /** Called for each host that is done, and once before with null. */
  readonly progress?: (host: string | null, total: number) => void
}

/** Boots every host of the folder under every strategy. Errors: throws on a name that the folder does not have. */
export async function simulate(options: SimulateOptions): Promise<Run> {
  const { folder, only, seed, boots, rates } = options
  const all = demoHosts(folder)
  const unknown = only.filter((name) => !all.some((host) => host.name === name))
  if (unknown.length > 0) throw new Error(`no host ${unknown.join(', ')} in ${folder}`)
  const hosts = only.length === 0 ? all : all.filter((host) => only.includes(host.name))
  options.progress?.(null, hosts.length)
  const done = (host: string) => options.progress?.(host, hosts.length)
  const count = Math.min(options.workers ?? availableParallelism(), hosts.length)
  const results =
    count === 0
      ? hosts.map((host) => {
          const result = simulateHost(host, options)
          done(host.name)
          return result
        })
      : await byWorkers(
          hosts.map((h) => h.name),
          { folder, options: { seed, boots, rates } },
          count,
          done,
        )
  return { seed, boots, rates, results }
}

/** Each worker takes the next host when it has done one. */
async function byWorkers(
  names: readonly string[],
  task: WorkerTask,
  count: number,
  done: (host: string) => void,
): Promise<HostResult[]> {
  const waiting = [...names]
  const results = new Map<string, HostResult>()
  // The same file from src and from dist.
  const script = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)
  const workers = Array.from({ length: count }, () => new Worker(script, { workerData: task }))
  const ends = workers.map(
    (worker) =>
      new Promise<void>((resolve, reject) => {
        const next = () => {
          const name = waiting.shift()
          if (name === undefined) resolve()
          else worker.postMessage(name)
        }
        worker.on('error', reject)
        worker.on('message', (result: HostResult) => {
          results.set(result.host, result)
          done(result.host)
          next()
        })
        next()
      }),
  )
  try {
    await Promise.all(ends)
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  return names.flatMap((name) => results.get(name) ?? [])
}
