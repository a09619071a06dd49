import {
  bookable,
  driftOf,
  memoryMap,
  pinsOf,
  type Pin,
  type PinDrift,
  type PlanBody,
  type StrategyName,
  type Snapshot,
} from '../../src/planner/index.ts'
import { mapPicture, type MapPicture, type MapSubject } from '../../src/picture/index.ts'
import { loadCapture } from '../capture.ts'
import { plan, planned, snapshotOf } from '../planner/host.ts'
import { trueLoads } from '../planner/truth.ts'

export const bootOf = (capture: string): Snapshot => snapshotOf(loadCapture(capture))

/** A boot of a captured host alone. */
export function bareMap(capture: string): MapPicture {
  return mapPicture({ snapshot: bootOf(capture), title: capture })
}

/** What a real kernel was asked for, as planned; the answer, a plan or a refusal, is in the picture. */
export function loadMap(
  capture: string,
  tag: string,
  strategy: StrategyName,
  more: Partial<MapSubject> = {},
): MapPicture {
  const load = trueLoads().find((l) => l.capture === capture && l.tag === tag)
  if (!load) throw new Error(`${capture} has no load ${tag}`)
  const snapshot = bootOf(capture)
  const { header, kernelSize, initrdSize, cmdline, purpose } = load
  const asked = { kernel: { head: header, size: kernelSize }, initrdSize, cmdline, purpose, strategy }
  const made = plan(snapshot, asked)
  const answer = made.ok ? { plan: made.value, pins: pinsOf(made.value, []) } : { failure: made.error }
  return mapPicture({ snapshot, title: capture, ...answer, ...more })
}

/** The pins of a first boot, and what becomes of them in a second. */
export function pinsIn(
  first: Snapshot,
  second: Snapshot,
): { pins: readonly Pin[]; drift: readonly PinDrift[] } {
  const body: PlanBody = planned(first)
  const pins = pinsOf(body, [])
  const sizes = new Map(body.segments.map((s): [string, number] => [`${body.purpose} ${s.kind}`, s.memsz]))
  const grounds = [bookable(memoryMap(first), 'strict')]
  return { pins, drift: driftOf(pins, sizes, memoryMap(second), [], grounds) }
}

/** Names that would be markup, script or a terminal's commands if anybody let them through. */
export const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  '</title></svg><iframe src=javascript:alert(1)>',
  ']]><!--',
  '&lt;script&gt;&#x3c;b&#x3e;',
  '</text><style>*{display:none}</style>',
  '\u001b]0;gone\u0007\u001b[2J\u001b[31m',
  '\u202egnp.exe\u2066',
  '$& $` $1 \\u003cscript',
  '\ud800 half \udc00',
  '日本語 wide 👩‍💻',
  '\u0000\u0008\u000c\ufffe',
] as const
