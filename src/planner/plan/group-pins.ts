import type { Purpose, SegmentKind } from '../names.ts'
import { sizeOf, type Range } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { Pin } from '../pin/pin.ts'
import { inTheWay } from './group-in-the-way.ts'
import type { GroupRefusal, NoCommonGround } from './group-refusal.ts'
import type { Layout } from './group-layout.ts'
import { commonPlace, keepsAll, type CommonPlace } from './group-place.ts'
import {
  aloneInTheWay,
  greedyRest,
  hostsOf,
  layoutsOf,
  planAlone,
  type Class,
  type Search,
} from './group-rest.ts'
import type { Sha256 } from './plan-request.ts'

/** A host of a group. Members of one key may share one layout: its host's snapshot is then held in memory once. */
export interface GroupMember {
  readonly name: string
  readonly layout: Layout
  /** The pins that the host has today. */
  readonly pins: readonly Pin[]
}

/** One common place, in wire form. Units: bytes. */
export interface CommonPin {
  readonly kind: SegmentKind
  /** Lowercase hex. */
  readonly mem: string
  /** What the largest of the members' segments fills. */
  readonly memsz: number
  readonly room: number
  /** `kept`: the group had it before. */
  readonly chosen: 'kept' | 'new' | 'moved'
}

/** A pin of a member's own that the group's takes the place of. */
export interface GroupMove {
  readonly host: string
  readonly kind: SegmentKind
  readonly from: string
  readonly to: string
}

/** Pins that hold on every member. Units: bytes. */
export interface GroupPins {
  readonly purpose: Purpose
  readonly pins: readonly CommonPin[]
  readonly hosts: number
  /** Of so many kinds are they, as far as pins are concerned. */
  readonly layouts: number
  /** Ground that was free in every boot of every member, and of that what is away from all that moves. */
  readonly ground: { readonly stable: number; readonly calm: number }
  readonly moves: readonly GroupMove[]
}

/**
 * Finds one address a segment for a whole group of hosts, or says who stands in the way.
 *
 * All members load the same for the same purpose. The answer does not depend on their order. Members of one layout
 * are planned once.
 *
 * Errors: `arch-mismatch` for members of different architecture; `no-common-ground`. Throws without members.
 */
export function groupPins(
  members: readonly GroupMember[],
  start: readonly Pin[],
  sha256: Sha256,
): Result<GroupPins, GroupRefusal> {
  if (members.length === 0) throw new RangeError('a group without members has no pins')
  const mixed = mixedArchs(members)
  if (mixed) return err({ code: 'arch-mismatch', detail: mixed })
  const classes = classesOf(members)
  const [{ layout: any }] = classes as [Class]
  const before = start.filter((p) => p.purpose === any.request.purpose)
  const all = commonPlace(layoutsOf(classes), before, sha256)
  const found = (place: CommonPlace) => ok(foundPins(place, { classes, start: before }, members))
  if (all.ok) return found(all.value)

  const hopeless = classes.filter((c) => !planAlone(c, before, sha256))
  const search: Search = { classes, hopeless, start: before, sha256 }
  const alone = aloneInTheWay(search)
  const fits = alone.find(
    ({ left: [one], place }) => one?.layout.load && place && keepsAll(one.layout, place.pins, sha256),
  )
  if (fits?.place) return found(fits.place)
  const rest = [...alone].sort((a, b) => hostsOf(a.left) - hostsOf(b.left))[0] ?? greedyRest(search)
  if (rest.left.length === 0 && rest.place) return found(rest.place)
  const kind = hopeless.length === 0 ? (all.error.buf?.kind ?? null) : null
  return err(refusal(kind, inTheWay(search, alone, rest)))
}

function refusal(
  kind: SegmentKind | null,
  told: Pick<NoCommonGround, 'in_the_way' | 'leave_out' | 'without_them'>,
): NoCommonGround {
  const what = kind ? `no place for the ${kind} is free on all hosts` : 'not every host has a plan'
  const count = told.in_the_way.reduce((sum, w) => sum + w.hosts.length, 0)
  const who = told.in_the_way[0]?.hosts[0] ?? ''
  const others = count > 1 ? ` and ${count - 1} more` : ''
  return { code: 'no-common-ground', detail: `${what}; in the way: ${who}${others}`, kind, ...told }
}

function foundPins(
  { pins, grounds, sizes }: CommonPlace,
  { classes, start }: Pick<Search, 'classes' | 'start'>,
  members: readonly GroupMember[],
): GroupPins {
  const [{ layout }] = classes as [Class]
  const { purpose } = layout.request
  const told = pins.map(({ kind, mem, room }): CommonPin => {
    const old = start.find((p) => p.kind === kind)
    const chosen = !old ? 'new' : old.mem === mem ? 'kept' : 'moved'
    return { kind, mem, memsz: sizes.get(kind) ?? room, room, chosen }
  })
  const moves = byName(members).flatMap(({ name, pins: own }) =>
    told.flatMap(({ kind, mem: to }): GroupMove[] => {
      const from = own.find((p) => p.purpose === purpose && p.kind === kind)?.mem
      return from === undefined || from === to ? [] : [{ host: name, kind, from, to }]
    }),
  )
  return {
    purpose,
    pins: told,
    hosts: members.length,
    layouts: classes.length,
    ground: { stable: bytesOf(grounds.stable), calm: bytesOf(grounds.calm) },
    moves,
  }
}

/** Ascending by the first of their names. */
function classesOf(members: readonly GroupMember[]): Class[] {
  const classes = new Map<string, { layout: Layout; names: string[] }>()
  for (const { name, layout } of byName(members)) {
    const known = classes.get(layout.key)
    if (known) known.names.push(name)
    else classes.set(layout.key, { layout, names: [name] })
  }
  return [...classes.values()]
}

function byName(members: readonly GroupMember[]): GroupMember[] {
  return [...members].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

const MAX_NAMES = 5

/** Who has which architecture, where there are several. */
function mixedArchs(members: readonly GroupMember[]): string | null {
  const archs = [...new Set(members.map((m) => m.layout.request.snapshot.arch))].sort()
  if (archs.length < 2) return null
  const lines = archs.map((arch) => {
    const names = byName(members).filter((m) => m.layout.request.snapshot.arch === arch)
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ''
    return `${arch}: ${names
      .slice(0, MAX_NAMES)
      .map((m) => m.name)
      .join(', ')}${more}`
  })
  return `the members are of different architecture; ${lines.join('; ')}`
}

function bytesOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, r) => sum + sizeOf(r), 0)
}
