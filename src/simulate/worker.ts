import { parentPort, workerData } from 'node:worker_threads'
import { demoHosts } from '../cli/demo/demo-hosts.ts'
import type { ChainOptions } from './chain.ts'
import { simulateHost } from './simulate-host.ts'

/** What a worker is started with; after that each message is a host's name, and each answer its result. */
export interface WorkerTask {
  readonly folder: string
  readonly options: Omit<ChainOptions, 'tamper'>
}

const { folder, options } = workerData as WorkerTask
const hosts = new Map(demoHosts(folder).map((host) => [host.name, host]))

parentPort?.on('message', (name: string) => {
  const host = hosts.get(name)
  if (!host) throw new Error(`no host ${name} in ${folder}`)
  parentPort?.postMessage(simulateHost(host, options))
})
