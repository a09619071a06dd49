import type { HandedOut } from '../../../src/agent/index.ts'
import type { Report } from '../../../src/wire/plan.ts'
import { localService, type Answer, type LocalService, type SeenCall } from '../local-service.ts'

/** A service with one plan for one host, which counts what it comes to hear of it. */
export interface Judge extends LocalService {
  /** How the plan ended; once, if all is well. */
  readonly outcomes: string[]
  /** Reports that did not fit the plan's state. */
  readonly misfits: string[]
  /** What reports said beside their phase. */
  readonly details: string[]
  readonly credentials: Set<string>
}

const BEFORE: Record<Report['phase'], readonly string[]> = {
  loaded: ['assigned'],
  executing: ['loaded'],
  refused: ['assigned', 'loaded'],
  failed: ['assigned', 'loaded', 'executing'],
  booted: ['landed', 'landed-elsewhere', 'cold-booted'],
}
const PROBLEM = (status: number, code: string): Answer => ({ status, body: { code, detail: code } })

/** It does twice what comes once under a key, and asks for another credential at once. */
export async function judge(assignment: HandedOut, first: string): Promise<Judge> {
  const outcomes: string[] = []
  const misfits: string[] = []
  const details: string[] = []
  const credentials = new Set([first])
  const answered = new Map<string, Answer>()
  let state = 'assigned'
  let bootId: string | null = null
  let issued = 0

  const end = (outcome: string): void => {
    outcomes.push(outcome)
    state = outcome
  }
  const snapshot = (boot: string): Answer => {
    const isNew = bootId !== null && bootId !== boot
    bootId = boot
    const wasUnderWay = state === 'loaded' || state === 'executing'
    if (isNew && wasUnderWay) end('landed')
    else if (isNew && state === 'assigned') end('expired')
    const landing = isNew && wasUnderWay ? { plan: assignment.plan.id, verdict: 'landed' } : null
    return { status: 201, body: { id: `snap_${boot}`, memory_digest: 'd', landing } }
  }
  const report = ({ phase, detail }: Report): Answer => {
    details.push(detail ?? '')
    if (state === phase) {
      misfits.push(`${phase} twice, under two keys`)
      return { status: 200, body: {} }
    }
    const isLoaded = assignment.plan.body.strategy !== 'firmware'
    const before = phase === 'executing' && !isLoaded ? ['assigned'] : BEFORE[phase]
    if (!before.includes(state)) {
      misfits.push(`${phase} after ${state}`)
      return PROBLEM(409, 'wrong-plan-state')
    }
    if (phase === 'refused' || phase === 'failed') end(phase)
    else state = phase
    return { status: 200, body: {} }
  }
  const answer = ({ method, path, headers, body }: SeenCall): Answer => {
    const bearer = headers.authorization?.replace('Bearer ', '') ?? ''
    if (!credentials.has(bearer)) return PROBLEM(401, 'unauthenticated')
    // Once the newest was used, the others end.
    if (issued > 0 && bearer === `${first}-${issued}`)
      for (const other of credentials) if (other !== bearer) credentials.delete(other)
    const key = `${path} ${String(headers['idempotency-key'])}`
    const before = answered.get(key)
    if (method === 'POST' && before) return before
    const given = ((): Answer => {
      if (path === '/v1/agent/credential') {
        for (const other of credentials) if (other !== bearer) credentials.delete(other)
        issued += 1
        credentials.add(`${first}-${issued}`)
        return { status: 201, body: { credential: `${first}-${issued}` } }
      }
      if (path.endsWith('/snapshots')) return snapshot((body as { boot_id: string }).boot_id)
      if (path === '/v1/agent/reports') return report(body as Report)
      return state === 'assigned' ? { status: 200, body: assignment } : { status: 204 }
    })()
    answered.set(key, given)
    return bearer === first ? { ...given, headers: { 'berth-credential': 'rotate' } } : given
  }
  const service = await localService(answer)
  return { ...service, outcomes, misfits, details, credentials }
}
