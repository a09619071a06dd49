import type { FastifyInstance, FastifyRequest } from 'fastify'
import { outageOf } from '../store/outage.ts'
import type { ShownCredential } from '../store/hosts.ts'
import type { ApiKey } from '../store/keys.ts'
import type { Store } from '../store/open-store.ts'
import type { Session } from '../store/sessions.ts'
import type { Role } from '../wire/key.ts'
import { actorOf, mustReach, refusalFor, refuse, remember, type Actor } from './actor.ts'
import { holds, readBearer, type Bearer } from './bearer.ts'
import { RequestFailed } from './failure.ts'
import { adoptCredential, credentialShown, isAged, ROTATE } from './hosts/host-credential.ts'
import { bindCertificate, certificateFault, type CertificateRule } from './hosts/host-certificate.ts'
import { certificateNameOf } from './listener/client-certificate.ts'
import { sessionIn } from './pages/session-cookie.ts'
import { effect, type Writers } from './write.ts'

/** Who may call a route: everybody, a role and those above it, a role or the host itself, or hosts only. */
export type Access = 'public' | Role | 'viewer-or-host' | 'operator-or-host' | 'host'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** A page's session will do instead of a credential: for reads by a browser that can send no header. */
    takesCookie?: boolean
  }
}

const RANK: Record<Role, number> = { viewer: 1, operator: 2, admin: 3 }

/** The last use of a key is kept to the minute: a write for every request would cost more than the request. */
const LAST_USE_STEP_MS = 60_000

interface Identifying extends Writers {
  readonly credentialDays: number
  readonly certificates: CertificateRule
}

/** Finds out who asks, and leaves it to the check below to refuse: the rate limit lies between the two. */
export function identify(app: FastifyInstance, given: Identifying): void {
  app.addHook('onRequest', async (request, reply) => {
    if (accessOf(request) === 'public') return
    const bearer = bearerIn(request)
    if (bearer?.kind === 'host') {
      const host = await hostFor(bearer, request, given)
      if (!host) return
      remember(request, {
        kind: 'host',
        id: host.id,
        quarantined: host.state === 'quarantined',
        secret: bearer.secret,
      })
      if (isAged(host, given.credentialDays, given.now())) reply.headers(ROTATE)
    } else if (bearer) {
      const actor = await keyFor(bearer, given)
      if (actor) remember(request, actor)
    }
  })
}

function bearerIn(request: FastifyRequest): Bearer | null {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() === 'bearer' && token) return readBearer(token)
  if (!request.routeOptions.config.takesCookie) return null
  const session = readBearer(sessionIn(request) ?? '')
  return session?.kind === 'session' ? session : null
}

export function authorize(app: FastifyInstance): void {
  app.addHook('preParsing', async (request) => {
    const access = accessOf(request)
    if (access === 'public') return
    const actor = actorOf(request)
    if (!actor) throw new RequestFailed(refusalFor(request))
    if (actor.kind === 'host' && actor.quarantined) {
      throw new RequestFailed({
        code: 'host-quarantined',
        detail: 'an operator has to release this host first',
      })
    }
    if (!mayCall(actor, access)) {
      request.log.warn({ actor: actor.id, access }, 'forbidden')
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

/**
 * The first use of a host's next credential ends the one before it, and the first client certificate that comes with
 * one is bound, unless the host may not act at all.
 */
async function hostFor(
  bearer: Bearer,
  request: FastifyRequest,
  given: Identifying,
): Promise<ShownCredential | null> {
  const id = `host_${bearer.id}`
  const host = await given.store.hosts.credential(id)
  const shown = host && credentialShown(host, bearer.secret)
  if (!shown) return null
  const fault = certificateFault(request, host, given.certificates)
  if (fault) {
    refuse(request, fault)
    return null
  }
  if (host.state === 'quarantined') return host
  const isOpen = given.certificates !== null && host.certificate === null
  const certificate = isOpen ? certificateNameOf(request) : null
  if (shown === 'current' && certificate === null) return host
  const isGood = await effect(given, request, async (writing) => {
    const isBound = certificate === null || (await bindCertificate(writing, id, certificate))
    return isBound && adoptCredential(writing, id, bearer.secret)
  })
  return isGood ? given.store.hosts.credential(id) : null
}

async function keyFor(bearer: Bearer, { store, now }: Identifying): Promise<Actor | null> {
  const { kind, id, secret } = bearer
  if (kind === 'enroll' || kind === 'fleetlock' || kind === 'host') return null
  const at = now()
  const session = kind === 'session' ? await sessionFor(bearer, store, at) : null
  if (kind === 'session' && !session) return null
  const key = await store.keys.get(session?.keyId ?? `key_${id}`)
  if (!key || hasEnded(key, at)) return null
  if (!session && (key.role !== kind || !holds(secret, key.secretHash))) return null
  await noteUse(store, key, at)
  return { kind: 'key', id: key.id, role: key.role as Role, secret, ...(session && { session: session.id }) }
}

/** Of stores that could not be written to: since when. */
const unwritten = new WeakMap<Store, number>()

/** Who only reads is not kept from it by a database that cannot be written to: then the last use is not kept. */
async function noteUse(store: Store, key: ApiKey, at: Date): Promise<void> {
  const isDue = (last: number | undefined, now: number) =>
    last === undefined || now - last >= LAST_USE_STEP_MS
  if (!isDue(key.lastUsedAt?.getTime(), at.getTime())) return
  if (!isDue(unwritten.get(store), performance.now())) return
  try {
    await store.keys.used(key.id, at)
    unwritten.delete(store)
  } catch (error) {
    if (outageOf(error) === null) throw error
    unwritten.set(store, performance.now())
  }
}

/** Whether who was let in would still be: for an answer that goes on for long. */
export async function isStillGood(
  actor: Actor | null,
  { store, now }: Pick<Identifying, 'store' | 'now'>,
): Promise<boolean> {
  if (actor?.kind !== 'key') return false
  const key = await store.keys.get(actor.id)
  const session = actor.session === undefined ? null : await store.sessions.get(actor.session)
  if (actor.session !== undefined && (!session || session.expiresAt <= now())) return false
  return key !== null && !hasEnded(key, now())
}

function hasEnded({ revokedAt, expiresAt }: ApiKey, at: Date): boolean {
  return revokedAt !== null || (expiresAt !== null && expiresAt <= at)
}

async function sessionFor({ id, secret }: Bearer, store: Store, at: Date): Promise<Session | null> {
  const session = await store.sessions.get(`sess_${id}`)
  return session && session.expiresAt > at && holds(secret, session.secretHash) ? session : null
}
