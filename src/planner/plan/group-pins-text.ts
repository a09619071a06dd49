import type { Result } from '../bytes/result.ts'
import type { GroupPins } from './group-pins.ts'
import type { GroupRefusal, InTheWay, Without } from './group-refusal.ts'

const KIND = 14
const PLACE = 18
const SIZE = 14
/** More names than these are counted, not listed. */
const MAX_NAMES = 8

/** One address for a group, or who stands in the way, as text. Units: bytes. */
export function groupPinsText(result: Result<GroupPins, GroupRefusal>): string {
  const lines = result.ok ? foundLines(result.value) : refusedLines(result.error)
  return `${lines.join('\n')}\n`
}

function foundLines({ purpose, hosts, layouts, pins, ground, moves }: GroupPins): string[] {
  return [
    `one place a segment on ${countOf(hosts, 'host')} of ${countOf(layouts, 'layout')}, for a ${purpose}`,
    '',
    row('', 'address', 'bytes', 'room'),
    ...pins.map(
      ({ kind, mem, memsz, room, chosen }) => `${row(kind, mem, `${memsz}`, `${room}`)}  ${chosen}`,
    ),
    '',
    `common ground: ${ground.stable} bytes, ${ground.calm} of them away from what moves`,
    ...moves.map(({ host, kind, from, to }) => `${host}: ${kind} moves from ${from} to ${to}`),
  ]
}

function refusedLines(refusal: GroupRefusal): string[] {
  if (refusal.code !== 'no-common-ground') return [`${refusal.code}: ${refusal.detail}`]
  const { code, detail, in_the_way, leave_out, without_them } = refusal
  return [
    `${code}: ${detail}`,
    ...in_the_way.flatMap(wayLines),
    '',
    `leave out ${namesOf(leave_out)}:`,
    ...(without_them ? withoutLines(without_them) : ['  nobody is left']),
    `  ${countOf(leave_out.length, 'host')} would keep pins of their own`,
  ]
}

function wayLines({ hosts, because, short, without_it }: InTheWay): string[] {
  const missing = short > 0 ? ` (${short} bytes short)` : ''
  return [
    '',
    `${namesOf(hosts)}: ${because}${missing}`,
    ...(without_it
      ? ['  without it:', ...withoutLines(without_it)]
      : ['  leaving it out alone is not enough']),
  ]
}

function withoutLines({ pins, hosts, ground, gained }: Without): string[] {
  const places = pins.map(({ kind, mem }) => `${kind} ${mem}`).join(', ')
  return [
    `  ${countOf(hosts, 'host')} at ${places}`,
    `  ${ground} bytes of common ground, ${gained} more than now`,
  ]
}

function namesOf(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ''
  return `${names.slice(0, MAX_NAMES).join(', ')}${more}`
}

function countOf(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}

function row(kind: string, mem: string, memsz: string, room: string): string {
  return `${kind.padEnd(KIND)}${mem.padStart(PLACE)}${memsz.padStart(SIZE)}${room.padStart(SIZE)}`
}
