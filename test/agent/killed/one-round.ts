import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  fileJournal,
  fileSpool,
  generatedImages,
  once,
  readIdentity,
  writeIdentity,
} from '../../../src/agent/index.ts'
import { diskHost } from './disk-host.ts'

/**
 * One round of the agent of a host on disk, in a process of its own, which is killed when it comes to `killAt` for
 * the first time. Arguments: the host's folder, where to be killed.
 */
const [folder = '', killAt] = process.argv.slice(2)

function dieAt(place: string): void {
  const reached = join(folder, 'killed')
  if (place !== killAt || existsSync(reached)) return
  writeFileSync(reached, place)
  process.kill(process.pid, 'SIGKILL')
  // The signal is on its way; nothing more must happen until it is there.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

const path = join(folder, 'identity.json')
const identity = await readIdentity(path)
if (!identity) throw new Error('not enrolled')
const host = diskHost(folder, dieAt)
const round = await once({
  identity,
  backend: host.backend,
  capture: host.capture,
  images: generatedImages(),
  journal: fileJournal(join(folder, 'journal.log')),
  spool: fileSpool(join(folder, 'spool.log')),
  keep: (changed) => writeIdentity(path, changed),
  hooks: { folder: join(folder, 'hooks') },
  sleep: host.sleep,
  step: dieAt,
})
process.stdout.write(JSON.stringify(round))
