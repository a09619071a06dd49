import type { FastifyBaseLogger } from 'fastify'
import {
  ANYWHERE,
  bookable,
  findHole,
  hex,
  memoryMap,
  sizeOf,
  stableGround,
  whatIf,
  type HoleFound,
  type HoleWanted,
} from '../../planner/index.ts'
import type { Host } from '../../store/hosts.ts'
import type { Rows } from '../../store/open-store.ts'
import type { HoleHost, WantedHole, WhatIfHost } from '../../wire/what-if.ts'
import { failureOf } from '../failure-of.ts'
import { readRequest, type Wanted } from './make-plan.ts'
import { problemOf } from '../problems.ts'
import { sha256 } from '../sha256.ts'

/** What is asked of one host after the other. */
export interface Inquiry {
  readonly rows: Rows
  readonly wanted: Wanted
  readonly log: FastifyBaseLogger
}

/** What one host would make of an image. Errors: none; what goes wrong is told in its line. */
export function whatIfLine(inquiry: Inquiry, host: Host, change: boolean): Promise<WhatIfHost> {
  const nothing = { segments: [], moves: [], refusal: null }
  if (host.arch !== inquiry.wanted.bootEntry.architecture) {
    return Promise.resolve({
      ...headOf(host),
      ...nothing,
      snapshot: null,
      verdict: 'other-arch',
      error: null,
    })
  }
  return lineOf(inquiry, host, nothing, async () => {
    const { snapshotId, request } = await readRequest(inquiry.rows, host, inquiry.wanted)
    return { snapshot: snapshotId, ...whatIf(request, sha256, { change }) } as Omit<
      WhatIfHost,
      keyof Head | 'error'
    >
  })
}

/** Whether one host has such a hole: today, and in every boot that is remembered. Errors: as above. */
export function holeLine(inquiry: Inquiry, host: Host, wanted: WantedHole): Promise<HoleHost> {
  return lineOf(inquiry, host, { today: null, stable: null }, async () => {
    const { snapshotId, request } = await readRequest(inquiry.rows, host, inquiry.wanted)
    const { snapshot, booted, history = [] } = request
    const today = { strict: bookable(memoryMap(snapshot), 'strict', booted), volatile: [] }
    const hole = holeWanted(wanted)
    const now = wireFound(findHole(today.strict, hole))
    const stable = wireFound(findHole(stableGround([today, ...history]), hole))
    return {
      snapshot: snapshotId,
      verdict: now.has ? ('has' as const) : ('has-not' as const),
      today: now,
      stable: { ...stable, boots: history.length + 1 },
    }
  })
}

export type Head = Pick<WhatIfHost, 'host' | 'hostname' | 'group' | 'arch'>

/** What every line about a host begins with. */
export function headOf({ id, hostname, group, arch }: Host): Head {
  return { host: id, hostname, group, arch: arch as Head['arch'] }
}

/** A line about one host; what goes wrong is told in it. */
export async function lineOf<Nothing extends object, Line extends object>(
  { log }: Pick<Inquiry, 'log'>,
  host: Host,
  nothing: Nothing,
  compute: () => Promise<Line>,
) {
  try {
    return { ...headOf(host), ...(await compute()), error: null }
  } catch (error) {
    const { code, detail } = problemOf(failureOf(error), '').problem
    if (code === 'internal') log.error({ err: error, host: host.id }, 'a line about one host')
    const head = { ...headOf(host), snapshot: null, ...nothing }
    return code === 'no-snapshot'
      ? { ...head, verdict: 'no-snapshot' as const, error: null }
      : { ...head, verdict: 'error' as const, error: { code, detail } }
  }
}

function holeWanted({ bytes, align, above, below }: WantedHole): HoleWanted {
  return {
    bytes,
    align,
    min: above === undefined ? ANYWHERE.min : Number(above),
    max: below === undefined ? ANYWHERE.max : Number(below) - 1,
  }
}

function wireFound({ has, largest, short }: HoleFound) {
  const hole = largest && { start: hex(largest.start), last: hex(largest.last), bytes: sizeOf(largest) }
  return { has, largest: hole, short_by: short }
}
