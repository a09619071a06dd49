import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Store } from '../store/open-store.ts'
import type { Role } from '../wire/key.ts'
import { actorOf, mustReach, remember, type Actor } from './actor.ts'
import { holds, readBearer } from './bearer.ts'
import { RequestFailed } from './failure.ts'

/** Who may call a route: everybody, a role and those above it, a role or the host itself, or hosts only. */
export type Access = 'public' | Role | 'viewer-or-host' | 'operator-or-host' | 'host'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
}

const RANK: Record<Role, number> = { viewer: 1, operator: 2, admin: 3 }

/** The last use of a key is kept to the minute: a write for every request would cost more than the request. */
const LAST_USE_STEP_MS = 60_000

/** Finds out who asks, and leaves it to the check below to refuse: the rate limit lies between the two. */
export function identify(app: FastifyInstance, { store, now }: { store: Store; now: () => Date }): void {
  app.addHook('onRequest', async (request) => {
    if (accessOf(request) === 'public') return
    const [scheme, token] = (request.headers.authorization ?? '').split(' ')
    const actor = scheme?.toLowerCase() === 'bearer' && token ? await actorFor(token, store, now()) : null
    if (actor) remember(request, actor)
  })
}

export function authorize(app: FastifyInstance): void {
  app.addHook('preParsing', async (request) => {
    const access = accessOf(request)
    if (access === 'public') return
    const actor = actorOf(request)
    if (!actor)
      throw new RequestFailed({ code: 'unauthenticated', detail: 'a valid bearer credential is needed' })
    if (actor.kind === 'host' && actor.quarantined) {
      throw new RequestFailed({
        code: 'host-quarantined',
        detail: 'an operator has to release this host first',
      })
    }
    if (!mayCall(actor, access)) {
      throw new RequestFailed({ code: 'forbidden', detail: `this needs ${access.replaceAll('-', ' ')}` })
    }
    const { hostId } = (request.params ?? {}) as { hostId?: string }
    if (hostId !== undefined) mustReach(request, hostId, 'host')
  })
}

/** A route that names no access, or is none, gets the strictest; 404 and 405 are for everybody. */
function accessOf(request: FastifyRequest): Access {
  if (request.is404) return 'public'
  return request.routeOptions.config.access ?? 'admin'
}

function mayCall(actor: Actor, access: Access): boolean {
  switch (access) {
    case 'public':
      return true
    case 'host':
      return actor.kind === 'host'
    case 'viewer-or-host':
      return true
    case 'operator-or-host':
      return actor.kind === 'host' || RANK[actor.role] >= RANK.operator
    default:
      return actor.kind === 'key' && RANK[actor.role] >= RANK[access]
  }
}

async function actorFor(token: string, store: Store, now: Date): Promise<Actor | null> {
  const bearer = readBearer(token)
  if (!bearer || bearer.kind === 'enroll') return null
  if (bearer.kind === 'host') {
    const host = await store.hosts.get(`host_${bearer.id}`)
    if (!host || !holds(bearer.secret, host.credentialHash)) return null
    return { kind: 'host', id: host.id, quarantined: host.state === 'quarantined', secret: bearer.secret }
  }
  const key = await store.keys.get(`key_${bearer.id}`)
  if (!key || key.role !== bearer.kind || !holds(bearer.secret, key.secretHash)) return null
  if (key.revokedAt || (key.expiresAt && key.expiresAt <= now)) return null
  if (!key.lastUsedAt || now.getTime() - key.lastUsedAt.getTime() >= LAST_USE_STEP_MS) {
    await store.keys.used(key.id, now)
  }
  return { kind: 'key', id: key.id, role: bearer.kind, secret: bearer.secret }
}
