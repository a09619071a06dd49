import { expect, test } from 'vitest'
import { planLoad, readSnapshot, STRATEGIES, type PlanRequest } from '../../src/planner/index.ts'
import { HOSTILE_HOSTS } from '../planner/hostile/hosts.ts'
import { HOSTILE_TEXTS, hostWith } from '../planner/hostile/texts.ts'
import { KERNEL, sha256 } from '../planner/host.ts'
import { shown } from './measure.ts'
import { SHORT } from './short.ts'

const BYTES = SHORT ? 100_000 : 10_000_000
/** Two lines each, and no list is longer than its reader takes. */
const RANGES = SHORT ? 500 : 9_900
/** What nobody may make a service do. Units: CPU milliseconds. */
const GOAL = 1000

/** What `work` takes, whichever thread. Units: CPU milliseconds. */
function spentOn(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function tell(rows: readonly { readonly why: string; readonly spent: number }[]): void {
  const slowest = [...rows].sort((a, b) => b.spent - a.spent)
  for (const { why, spent } of slowest.slice(0, 12))
    console.log(`  ${shown(spent).padStart(8)} ms CPU  ${why}`)
  const over = rows.filter(({ spent }) => spent > GOAL).length
  console.log(`  ${rows.length} in all, ${over} above ${GOAL} ms`)
}

test(`hostile texts of ${BYTES} bytes, each read as part of a host`, () => {
  const rows = HOSTILE_TEXTS.map(([why, file, make, outcome]) => {
    const files = hostWith(file, make(BYTES))
    let read = readSnapshot(hostWith(file, make(1000)))
    const spent = spentOn(() => (read = readSnapshot(files)))
    return { why: `${file}: ${why} (${read.ok ? 'read' : read.error[0]?.code})`, spent, outcome }
  })
  console.log('texts to snapshots')
  tell(rows)
  expect(rows.length).toBe(HOSTILE_TEXTS.length)
})

test(`hostile hosts of ${RANGES} ranges a list, read and planned by each strategy`, () => {
  const rows = HOSTILE_HOSTS.flatMap(
    ({ why, files, initrdSize, cmdline = 'nokaslr', exceptions = [], ...host }) => {
      const texts = files(RANGES)
      let read = readSnapshot(files(50))
      const reading = { why: `read: ${why}`, spent: spentOn(() => (read = readSnapshot(texts))) }
      if (!read.ok) throw new Error(JSON.stringify(read.error))
      const snapshot = read.value
      const planning = STRATEGIES.map((strategy) => {
        const request: PlanRequest = {
          snapshot: { ...snapshot },
          kernel: host.kernel ?? KERNEL[snapshot.arch],
          initrdSize,
          cmdline,
          purpose: 'reboot',
          strategy,
          pins: [],
          booted: [],
          ...(strategy === 'pinned' ? { exceptions } : {}),
        }
        let outcome = ''
        const spent = spentOn(() => {
          const made = planLoad(request, sha256)
          outcome = made.ok ? 'a plan' : made.error.code
        })
        return { why: `${strategy}: ${why} (${outcome})`, spent }
      })
      return [reading, ...planning]
    },
  )
  console.log('hosts, and what would make a refused load fit')
  tell(rows)
  expect(rows.length).toBe(HOSTILE_HOSTS.length * (1 + STRATEGIES.length))
})
