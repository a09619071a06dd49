import {
  explainFailure,
  hex,
  memoryMap,
  type ArchName,
  type Pin,
  type PinDrift,
  type PlanBody,
  type PlanFailure,
  type Range,
  type Snapshot,
} from '../planner/index.ts'
import { sizeOf } from '../planner/bytes/range.ts'
import { sizeText } from '../planner/memory/diff-text.ts'
import type { Cell, Lane, Mark } from './cell.ts'
import { inPlace, pinCells, planCells, sourceLanes } from './lanes.ts'
import { marksOf } from './marks.ts'
import { refusedHoles, wantedOf, type RefusedHole, type Wanted } from './refused.ts'

/** What is to be drawn. */
export interface MapSubject {
  readonly snapshot: Snapshot
  /** Whose memory it is: a host's name, say. */
  readonly title?: string
  readonly plan?: PlanBody | null
  readonly failure?: PlanFailure | null
  readonly pins?: readonly Pin[]
  /** Verdicts on pins, by purpose and kind. */
  readonly drift?: readonly PinDrift[]
  /** Segments of the plan that booted the running kernel; they count as free. */
  readonly booted?: readonly Range[]
}

/** One memory as lanes of cells: what the SVG, the text and the JSON are made of. */
export interface MapPicture {
  readonly title: string
  readonly arch: ArchName
  readonly release: string
  readonly bootId: string | null
  /** Units: bytes. */
  readonly pageSize: number
  /** What there is to say first. */
  readonly sentence: string
  /** There is no plan, and the sentence says why. */
  readonly failed: boolean
  readonly lanes: readonly Lane[]
  readonly marks: readonly Mark[]
  readonly wanted: Wanted | null
  readonly refused: readonly RefusedHole[]
  /** What would make it fit, a sentence each. */
  readonly changes: readonly string[]
}

/** Puts a boot's memory, a plan or its refusal, and pins side by side. The same subject gives the same picture. */
export function mapPicture(subject: MapSubject): MapPicture {
  const { snapshot, title = '', plan = null, failure = null, pins = [], drift = [], booted = [] } = subject
  const map = memoryMap(snapshot)
  const sources = sourceLanes(snapshot, map, booted)
  const noHole = failure?.code === 'no-hole' ? failure : null
  const wanted = noHole && wantedOf(noHole)
  const refused = noHole ? refusedHoles(noHole, map, pins) : []
  const planned = plan ? planCells(plan) : inPlace(refused.flatMap(refusedCells))
  const pinned = pinCells(pins, drift, failure)
  const lanes: Lane[] = [
    ...sources,
    ...(planned.length > 0 ? [{ name: 'plan' as const, cells: planned }] : []),
    ...(pinned.length > 0 ? [{ name: 'pins' as const, cells: pinned }] : []),
  ]
  return {
    title,
    arch: snapshot.arch,
    release: snapshot.release.text,
    bootId: snapshot.bootId,
    pageSize: snapshot.pageSize,
    sentence: wanted ? noHoleSentence(wanted, refused) : sentenceOf(sources, plan, failure),
    failed: failure !== null,
    lanes,
    marks: marksOf(snapshot, lanes, wanted),
    wanted,
    refused,
    changes: failure ? changesOf(failure) : [],
  }
}

/** The hole, and in it what was in the way. */
function refusedCells({ range, number, sentence, by }: RefusedHole): Cell[] {
  const hole: Cell = { range, class: 'refused', label: `${number}`, depth: 0, number, because: sentence }
  if (!by) return [hole]
  return [hole, { range: by.range, class: 'load-other', label: by.what, depth: 1 }]
}

function noHoleSentence({ kind, memsz, align, min }: Wanted, refused: readonly RefusedHole[]): string {
  const from = min > 0 ? `, from ${hex(min)} on` : ''
  const looked =
    refused.length === 1 ? 'The one hole was refused' : `All ${refused.length} holes were refused`
  const lacking = refused.flatMap(({ short }) => (short === null ? [] : [short]))
  const least = lacking.reduce((best, short) => Math.min(best, short), Infinity)
  const short =
    least < Infinity ? `; ${refused.length === 1 ? 'it' : 'the nearest to it'} lacks ${sizeText(least)}` : ''
  return `No hole for the ${kind}: ${sizeText(memsz)} aligned to ${sizeText(align)}${from}. ${looked}${short}.`
}

function sentenceOf(sources: readonly Lane[], plan: PlanBody | null, failure: PlanFailure | null): string {
  if (failure) return capitalised((explainFailure(failure).split('\n')[0] as string).trim())
  if (plan) {
    const bytes = plan.segments.reduce((sum, s) => sum + s.memsz, 0)
    const { length } = plan.segments
    return `${length} segments, ${sizeText(bytes)}, for a ${plan.purpose}; by ${BY[plan.strategy]}, rules ${plan.rules}`
  }
  const free = sources.flatMap((lane) => (lane.name === 'usable' ? lane.cells : []))
  const open = free.filter((cell) => cell.class === 'free')
  const bytes = open.reduce((sum, cell) => sum + sizeOf(cell.range), 0)
  return `${sizeText(bytes)} may be booked, in ${open.length === 1 ? 'one piece' : `${open.length} pieces`}`
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

const BY = { pinned: 'pins', kexec_file: 'kexec_file', kexec_tools: 'kexec-tools' } as const

function changesOf(failure: PlanFailure): string[] {
  const alternatives = 'alternatives' in failure ? (failure.alternatives ?? []) : []
  const change = 'change' in failure && failure.change ? [failure.change] : []
  return [...change, ...alternatives].map(({ sentence }) => sentence)
}
