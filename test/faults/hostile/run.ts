import { randomOf, type Random } from '../../fuzz/random.ts'
import type { Cast, Mould } from '../mould.ts'
import { speaker, type Speaker, type WireAnswer } from '../wire.ts'
import { curlOf } from './curl.ts'
import { heapInUse, type HeapSample } from './heap.ts'
import { judge } from './judge.ts'
import { OPERATIONS, type HostileOperation } from './operations.ts'
import { bytesOf, hostileRequest, type Aim, type HostileRequest } from './request.ts'
import { stillThere } from './still-there.ts'
import type { Targets } from './targets.ts'

export interface HostileOptions {
  readonly seed: number
  /** Inputs for each operation. */
  readonly perEndpoint: number
  /** Told now and then how far it is. */
  readonly progress?: (line: string) => void
}

export interface HostileFailure {
  readonly operation: string
  readonly what: string
  /** Says the input again, with the same seed. */
  readonly input: number
  readonly curl: string
  times: number
}

export interface HostileRun {
  readonly inputs: number
  readonly seconds: number
  readonly failures: readonly HostileFailure[]
  /** How many answers had which status. */
  readonly statuses: ReadonlyMap<number, number>
  /** How many inputs of an operation were accepted. */
  readonly accepted: ReadonlyMap<string, number>
  /** Writes that the service said were done. */
  readonly acknowledged: number
  /** Taken at the end of each service's life, and when it was closed. */
  readonly alive: readonly HeapSample[]
  readonly closed: readonly HeapSample[]
}

/**
 * So many for each operation before the world is made anew: its things do not last for ever, since whoever guesses
 * right may delete them.
 */
const PER_LIFE = 100
const BODY_LIMIT = 256 * 1024
const MAX_KINDS = 40
/** Ids and numbers differ from one input to the next where the failure does not. */
const VARIES = /[a-z]{2,5}_[0-9a-z]{26}|\d+/g

interface Course {
  readonly random: Random
  readonly failures: Map<string, HostileFailure>
  readonly statuses: Map<number, number>
  readonly accepted: Map<string, number>
  inputs: number
  acknowledged: number
}

/** Sends every operation so many hostile requests, in turns, and holds every answer against the contract. */
export async function runHostile(mould: Mould<Targets>, options: HostileOptions): Promise<HostileRun> {
  const { seed, perEndpoint, progress = () => {} } = options
  const began = performance.now()
  const course: Course = {
    random: randomOf(seed),
    failures: new Map(),
    statuses: new Map(),
    accepted: new Map(OPERATIONS.map(({ id }) => [id, 0])),
    inputs: 0,
    acknowledged: 0,
  }
  const alive: HeapSample[] = []
  const closed: HeapSample[] = []
  const stray = strayErrors()
  for (let left = perEndpoint; left > 0 && course.failures.size < MAX_KINDS; left -= PER_LIFE) {
    const cast = await mould.cast({ config: { bodyLimit: BODY_LIMIT } })
    await oneLife(cast, { targets: mould.world, turns: Math.min(left, PER_LIFE) }, course)
    alive.push({ inputs: course.inputs, bytes: await heapInUse() })
    await cast.close()
    closed.push({ inputs: course.inputs, bytes: await heapInUse() })
    progress(told(course, { began, closed }))
  }
  for (const error of stray.end())
    blame(course, { operation: 'process', what: `nobody caught ${error}`, curl: '' })
  const { inputs, statuses, accepted, failures, acknowledged } = course
  const seconds = (performance.now() - began) / 1000
  return {
    inputs,
    seconds,
    failures: [...failures.values()],
    statuses,
    accepted,
    acknowledged,
    alive,
    closed,
  }
}

async function oneLife(cast: Cast, { targets, turns }: { targets: Targets; turns: number }, course: Course) {
  const { random } = course
  const client = speaker(cast.url)
  const etags: string[] = []
  const aim: Aim = { targets, cursors: new Map(), etags, bodyLimit: BODY_LIMIT }
  let isHostGone = false
  for (let turn = 0; turn < turns; turn++) {
    for (const op of OPERATIONS) {
      if (course.failures.size >= MAX_KINDS) break
      const request = hostileRequest(op, aim, random)
      const answer = await said(client, request, course, { cast, targets })
      if (answer) learn(aim, etags, op, answer)
      const isOfHost = request.target.split('?')[0] === `/v1/hosts/${targets.params['hostId']}`
      // Whatever was attacked: another method may have become of it.
      if (request.method === 'DELETE' && isOfHost && answer?.status === 204) isHostGone = true
      course.inputs++
    }
  }
  for (const { operation, what } of await stillThere(client, { cast, targets, isHostGone })) {
    blame(course, { operation, what: `after the run: ${what}`, curl: '' })
  }
  client.close()
}

async function said(
  client: Speaker,
  request: HostileRequest,
  course: Course,
  { cast, targets }: { cast: Cast; targets: Targets },
): Promise<WireAnswer | null> {
  const { op } = request
  const fail = (what: string) => blame(course, { operation: op.id, what, curl: curlOf(request, targets) })
  try {
    const isEndless = op.id === 'followEvents'
    const answer = await client.say(bytesOf(request), { method: request.method, isEndless })
    const { status } = answer
    course.statuses.set(status, (course.statuses.get(status) ?? 0) + 1)
    if (status < 300 && request.method !== 'GET') course.acknowledged++
    if (status < 400) course.accepted.set(op.id, (course.accepted.get(op.id) ?? 0) + 1)
    const wrong = judge(request, answer) ?? (answer.isWhole || isEndless ? null : 'the answer is torn')
    // What was logged as an error says where it came from.
    if (wrong !== null || cast.errors.length > 0)
      fail([wrong, ...cast.errors.splice(0)].filter(Boolean).join(' '))
    return answer
  } catch (error) {
    fail(String(error))
    return null
  }
}

function blame(course: Course, found: Omit<HostileFailure, 'times' | 'input'>): void {
  const kind = `${found.operation} ${found.what.replace(VARIES, '#').slice(0, 160)}`
  const known = course.failures.get(kind)
  if (known) known.times++
  else course.failures.set(kind, { ...found, input: course.inputs, times: 1 })
}

const MAX_ETAGS = 50

function learn(aim: Aim, etags: string[], op: HostileOperation, { headers, body }: WireAnswer): void {
  const { etag } = headers
  if (etag !== undefined) etags.push(etag)
  if (etags.length > MAX_ETAGS) etags.shift()
  const [, cursor] = /"next_cursor":"([^"]+)"/.exec(body.subarray(-200).toString()) ?? []
  if (cursor !== undefined) aim.cursors.set(op.id, cursor)
}

/** What is thrown where nobody waits for it would end the service's process. */
function strayErrors() {
  const found: string[] = []
  const take = (error: unknown) =>
    void found.push(error instanceof Error ? String(error.stack) : String(error))
  process.on('unhandledRejection', take)
  process.on('uncaughtException', take)
  return {
    end: () => {
      process.off('unhandledRejection', take)
      process.off('uncaughtException', take)
      return found
    },
  }
}

function told(
  { inputs, failures }: Course,
  { began, closed }: { began: number; closed: readonly HeapSample[] },
) {
  const rate = Math.round(inputs / ((performance.now() - began) / 1000))
  const heap = ((closed.at(-1)?.bytes ?? 0) / 2 ** 20).toFixed(1)
  return `${inputs} inputs, ${rate} a second, ${failures.size} kinds of failure, heap ${heap} MiB`
}
