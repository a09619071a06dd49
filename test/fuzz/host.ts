import {
  bookable,
  describable,
  findingsOf,
  memoryMap,
  memoryText,
  planLoad,
  planText,
  pinsOf,
  readSnapshot,
  PURPOSES,
  STRATEGIES,
  type CaptureFiles,
  type PlanBody,
  type PlanRequest,
  type Snapshot,
} from '../../src/planner/index.ts'
import { KERNEL } from '../planner/host.ts'
import { mutatedBlob } from './mutate-blob.ts'
import { mutatedText } from './mutate-text.ts'
import type { Random } from './random.ts'
import { refusedAs, type Outcome } from './readers.ts'
import { CAPTURES, IMAGES } from './seeds.ts'
import { firstWrong, soundList, type Verdict } from './sound.ts'

/** A whole host: its capture with one to three files spoilt, and what it is asked to load. */
export interface HostInput {
  readonly files: CaptureFiles
  readonly asked: Omit<PlanRequest, 'snapshot'>
}

export function spoiltHost(random: Random): HostInput {
  const files: { [name: string]: string | Uint8Array } = { ...random.pick(CAPTURES) }
  const other: { readonly [name: string]: string | Uint8Array | undefined } = { ...random.pick(CAPTURES) }
  for (let left = 1 + random.below(3); left > 0; left--) {
    const name = random.pick(Object.keys(files))
    const was = files[name]
    const from = other[name]
    if (typeof was === 'string')
      files[name] = mutatedText(was, [typeof from === 'string' ? from : was], random)
    else if (was) files[name] = mutatedBlob(was, [from instanceof Uint8Array ? from : was], random)
  }
  return { files, asked: spoiltRequest(random) }
}

function spoiltRequest(random: Random): HostInput['asked'] {
  const head = random.pick([KERNEL.arm64.head, KERNEL.x86_64.head, ...IMAGES])
  return {
    kernel: {
      head: random.once(4) ? mutatedBlob(head, IMAGES, random) : head,
      size: random.pick([0x5f3200, 0x7d7200, 4096, 0x4000000]),
    },
    initrdSize: random.pick([null, 0, 1, 0x1000, 0x1000000, 0x1f654321, 2 ** 31, 2 ** 32 - 1]),
    cmdline: random.pick(['', 'root=/dev/sda1 nokaslr', 'crashkernel=256M quiet', 'é'.repeat(700)]),
    purpose: random.pick(PURPOSES),
    strategy: random.pick(STRATEGIES),
    pins: [],
    booted: [],
  }
}

/** Reads and plans; a host that is accepted must be answered in every view, with a plan or a refusal. */
export function readHost({ files, asked }: HostInput): Outcome {
  const read = readSnapshot(files)
  if (!read.ok) {
    const outcomes = read.error.map((bad) => refusedAs(bad, files[bad.file] ?? '', bad.file))
    return {
      accepted: false,
      way: outcomes.map(({ way }) => way).join('; '),
      wrong: read.error.length === 0 ? 'refused without a reason' : firstWrong(outcomes.map((o) => o.wrong)),
    }
  }
  const snapshot = read.value
  const found = findingsOf(snapshot)
  const request = { ...asked, snapshot }
  const plan = planLoad(request, () => '0'.repeat(64))
  const way = plan.ok ? `planned ${plan.value.rules}` : plan.error.code
  const wrong = views(snapshot) ?? (plan.ok ? soundPlan(plan.value, request) : null)
  return { accepted: true, way: `${way} ${found.map(({ code }) => code).join()}`, wrong }
}

function views(snapshot: Snapshot): Verdict {
  const map = memoryMap(snapshot)
  if (memoryText(snapshot) === '') return 'no text of its memory'
  return firstWrong([
    soundList(bookable(map, 'memblock')),
    soundList(bookable(map, 'resources')),
    soundList(bookable(map, 'tools')),
    soundList(bookable(map, 'strict')),
    soundList(describable(map)),
  ])
}

function soundPlan(body: PlanBody, request: PlanRequest): Verdict {
  const segments = body.segments.map((s) => ({
    start: Number(s.mem) as never,
    last: (Number(s.mem) + s.memsz - 1) as never,
  }))
  const sorted = [...segments].sort((a, b) => a.start - b.start)
  return firstWrong([
    soundList(sorted),
    ...body.segments.map((s) => (s.bufsz >= 0 && s.bufsz <= s.memsz ? null : `${s.kind} copies ${s.bufsz}`)),
    // arm64's kernel lies text_offset above an aligned place.
    ...body.segments.map((s) =>
      s.kind !== 'kernel' && Number(s.mem) % s.align !== 0 ? `${s.kind} is not aligned` : null,
    ),
    planText(JSON.parse(planText(body)) as PlanBody) === planText(body) ? null : 'changed by JSON',
    body.strategy === 'pinned' ? keepsPins(body, request) : null,
  ])
}

/** Asked again with its own pins, a pinned plan must give the same addresses. */
function keepsPins(body: PlanBody, request: PlanRequest): Verdict {
  const again = planLoad({ ...request, pins: pinsOf(body, []) }, () => '0'.repeat(64))
  if (!again.ok) return `refused with its own pins: ${again.error.detail}`
  const moved = again.value.segments.find(
    (s, i) => s.mem !== body.segments[i]?.mem || s.room !== body.segments[i].room || s.chosen !== 'kept-pin',
  )
  return moved ? `${moved.kind} moved though its pin was new` : null
}
