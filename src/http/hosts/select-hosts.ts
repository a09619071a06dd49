import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Host, HostSelector } from '../../store/hosts.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Selector } from '../../wire/selector.ts'

/** Hosts read at once: few enough to hold, enough that a page costs little beside what is done with it. */
const PAGE = 100

/**
 * The hosts that a selector means, by id, a page at a time. Those that enrol meanwhile come last.
 *
 * Between two hosts everybody else gets a turn: what is done with one may take milliseconds.
 */
export async function* selectHosts(rows: Rows, selector: Selector): AsyncGenerator<Host> {
  const wanted = storedSelector(selector)
  for (let after: string | null = null; ;) {
    const { hosts, next } = await rows.hosts.select({ after, limit: PAGE }, wanted)
    for (const host of hosts) {
      yield host
      await nextTurn()
    }
    if (next === null) return
    after = next
  }
}

function storedSelector({ hosts: ids, hardware_model: hardwareModel, ...same }: Selector): HostSelector {
  const given = Object.entries({ ids, hardwareModel, ...same }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as HostSelector
}
