import rateLimit, { type RateLimitOptions } from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Config } from '../config.ts'
import { actorOf } from './actor.ts'
import { RequestFailed } from './failure.ts'
import { Budgets } from './budgets.ts'
import { isInside } from './pages/inside.ts'

const WINDOW_S = 60

/** Who watches over the service must get an answer in every state of it. */
const HEALTH = new Set(['/livez', '/readyz'])

/** Refuses what the process cannot carry now, before anything else is done for it. */
export async function shedLoad(app: FastifyInstance, config: Config): Promise<void> {
  await app.register(underPressure, {
    maxEventLoopDelay: config.maxEventLoopDelayMs,
    maxHeapUsedBytes: config.maxHeapBytes,
    // A promise, because what is thrown from here otherwise is caught by nobody.
    pressureHandler: async (request) => {
      if (HEALTH.has(request.url)) return
      throw new RequestFailed({ code: 'unavailable', retryAfter: 5 })
    },
  })
}

/** So many are counted at once; of more, whoever was not there for the longest time begins anew. */
const CREDENTIALS = 200_000
const ADDRESSES = 50_000

/**
 * A budget a minute for each credential, agents' and people's apart; without one, for each address.
 *
 * Who has no credential spends nothing of who has, even from the same address, and cannot push anybody's count out.
 * A network of IPv6 counts as one address: its 2^64 are all one customer's.
 */
export async function limitRates(app: FastifyInstance, config: Config): Promise<void> {
  await app.register(rateLimit, {
    ...{ global: false, timeWindow: WINDOW_S * 1000, ipv6Subnet: 64 },
    store: Budgets,
  })
  const byAddress = app.createRateLimit({ max: config.rateLimit, cache: ADDRESSES } as RateLimitOptions)
  const byCredential = app.createRateLimit({
    max: (request: FastifyRequest) => budgetOf(request, config),
    keyGenerator: (request: FastifyRequest) => actorOf(request)?.id ?? '',
    cache: CREDENTIALS,
  } as RateLimitOptions)
  const spend = (request: FastifyRequest) => (actorOf(request) ? byCredential : byAddress)(request)
  app.addHook('onRequest', async (request, reply) => {
    if (HEALTH.has(request.routeOptions.url ?? '') || isInside(request)) return
    // Who left before he was looked at has no address any more. Nobody hears this answer.
    if (!actorOf(request) && (request.ip as string | undefined) === undefined)
      throw new RequestFailed({ code: 'request-timeout', detail: 'whoever asked has left' })
    const spent = await spend(request)
    if (spent.isAllowed) return
    const name = policyOf(request)
    reply.header('ratelimit-policy', `"${name}";q=${spent.max};w=${WINDOW_S}`)
    reply.header('ratelimit', `"${name}";r=${spent.remaining};t=${spent.ttlInSeconds}`)
    if (spent.isExceeded)
      throw new RequestFailed({ code: 'too-many-requests', retryAfter: spent.ttlInSeconds })
  })
}

function budgetOf(request: FastifyRequest, config: Config): number {
  return policyOf(request) === 'agent' ? config.agentRateLimit : config.rateLimit
}

function policyOf(request: FastifyRequest): 'agent' | 'key' | 'address' {
  const actor = actorOf(request)
  if (!actor) return 'address'
  return actor.kind === 'host' ? 'agent' : 'key'
}
