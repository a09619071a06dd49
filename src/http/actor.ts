import type { FastifyRequest } from 'fastify'
import type { Role } from '../wire/key.ts'
import { notFound, RequestFailed, type Failure } from './failure.ts'

/** Who asks. `secret` never leaves the process: it seals the answers that are kept for a repeated request. */
export type Actor =
  | {
      readonly kind: 'key'
      readonly id: string
      readonly role: Role
      readonly secret: string
      /** The session that stands for the key. */
      readonly session?: string
    }
  | { readonly kind: 'host'; readonly id: string; readonly quarantined: boolean; readonly secret: string }

const actors = new WeakMap<FastifyRequest, Actor>()

export function remember(request: FastifyRequest, actor: Actor): void {
  actors.set(request, actor)
}

export function actorOf(request: FastifyRequest): Actor | null {
  return actors.get(request) ?? null
}

const refusals = new WeakMap<FastifyRequest, Failure>()

/** What is told to who is nobody here, where there is more to say than that. */
export function refuse(request: FastifyRequest, because: Failure): void {
  refusals.set(request, because)
}

export function refusalFor(request: FastifyRequest): Failure {
  const unknown = { code: 'unauthenticated', detail: 'a valid bearer credential is needed' } as const
  return refusals.get(request) ?? unknown
}

/** The host that asks; only routes of access `host` may call this. */
export function askingHost(request: FastifyRequest): string {
  const actor = actorOf(request)
  if (actor?.kind !== 'host')
    throw new RequestFailed({ code: 'forbidden', detail: 'only a host may ask this' })
  return actor.id
}

/** A host sees only itself: what belongs to another is to it as if it were not there. */
export function mustReach(request: FastifyRequest, hostId: string, what: string): void {
  const actor = actorOf(request)
  if (actor?.kind === 'host' && actor.id !== hostId) throw notFound(what)
}

export function actorName(request: FastifyRequest): string {
  return actorOf(request)?.id ?? 'anonymous'
}
