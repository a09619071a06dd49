import helmet from '@fastify/helmet'
import multipart from '@fastify/multipart'
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import type { Config } from '../config.ts'
import type { Store } from '../store/open-store.ts'
import { authorize, identify } from './access.ts'
import { allowedMethods } from './allowed-methods.ts'
import { assignments, type WaitingClock } from './rollouts/assignments.ts'
import { contract, docs } from './docs.ts'
import { etags } from './etag.ts'
import { failureOf } from './failure-of.ts'
import { RequestFailed } from './failure.ts'
import { limitRates, shedLoad } from './limits.ts'
import { probes } from './rollouts/probe.ts'
import { problemOf } from './problems.ts'
import { rolloutsSeen } from './rollouts/rollouts-seen.ts'
import { agent } from './routes/agent.ts'
import { audit } from './routes/audit.ts'
import { bootEntries } from './routes/boot-entries.ts'
import { calibrations } from './routes/calibrations.ts'
import { credential } from './routes/credential.ts'
import { diffs } from './routes/diffs.ts'
import { enrollment } from './routes/enrollment.ts'
import { exceptions } from './routes/exceptions.ts'
import { explain } from './routes/explain.ts'
import { fleetlockGroups } from './routes/fleetlock-groups.ts'
import { pages } from './pages/pages.ts'
import { fleetlock } from './routes/fleetlock.ts'
import { groups } from './routes/groups.ts'
import { health } from './routes/health.ts'
import { hosts } from './routes/hosts.ts'
import { keys } from './routes/keys.ts'
import { leases } from './routes/leases.ts'
import { pins } from './routes/pins.ts'
import { placements } from './routes/placements.ts'
import { plans } from './routes/plans.ts'
import { policies } from './routes/policies.ts'
import { rebootRules } from './routes/reboot-rules.ts'
import { rolloutCommands } from './routes/rollout-commands.ts'
import { rollouts } from './routes/rollouts.ts'
import { room } from './routes/room.ts'
import { sessions } from './routes/sessions.ts'
import { snapshots } from './routes/snapshots.ts'
import { whatIfs } from './routes/what-if.ts'
import type { Shell } from './shell.ts'
import { requestId, requestLog, tracing } from './tracing.ts'
import { writer } from './write.ts'

/** Parts of a multipart snapshot: more than there are files to send. */
const MAX_PARTS = 64

export interface Parts {
  readonly store: Store
  readonly config: Config
  readonly log: FastifyBaseLogger
  readonly now: () => Date
  /** Asks the health gates of rollouts; node's own where it is left out. */
  readonly fetch?: typeof globalThis.fetch
  /** The clock by which agents wait; the real one where it is left out. */
  readonly waiting?: WaitingClock
}

/** Puts the service together; it never listens. Closing it lets every waiting agent go with 204. */
export async function buildApp({
  store,
  config,
  log,
  now,
  fetch = globalThis.fetch,
  waiting: clock,
}: Parts): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    genReqId: requestId,
    childLoggerFactory: requestLog,
    requestIdHeader: false,
    bodyLimit: config.bodyLimit,
    trustProxy: config.trustProxy,
    // Ids are what is long in a path; nothing else is.
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: 'idle',
  })
  const waiting = assignments(clock)
  const shell: Shell = {
    store,
    now,
    write: writer({ store, now, assignments: waiting }),
    assignments: waiting,
    rollouts: rolloutsSeen({ store, now }),
    probes: probes(config.probeOrigins, fetch),
  }

  app.setValidatorCompiler(validatorCompiler)
  // What is sent was made to the schema's type here; checking it again costs more than most requests.
  app.setSerializerCompiler(() => (content) => JSON.stringify(content))
  app.removeContentTypeParser('text/plain')
  problems(app)
  tracing(app)
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  })
  await shedLoad(app, config)
  identify(app, { store, now, assignments: waiting, credentialDays: config.credentialDays })
  await limitRates(app, config)
  authorize(app)
  etags(app)
  await app.register(multipart, {
    limits: { fileSize: config.bodyLimit, fieldSize: config.bodyLimit, parts: MAX_PARTS },
  })
  await contract(app)

  await app.register(health, shell)
  await app.register(docs)
  for (const routes of [
    enrollment,
    hosts,
    snapshots,
    diffs,
    bootEntries,
    plans,
    placements,
    whatIfs,
    room,
    pins,
    groups,
    policies,
    calibrations,
    exceptions,
    rollouts,
    rolloutCommands,
    leases,
    fleetlockGroups,
    explain,
    rebootRules,
    agent,
    credential,
    keys,
    sessions,
    audit,
  ]) {
    await app.register(routes, { ...shell, prefix: '/v1' })
  }
  await app.register(fleetlock, { ...shell, prefix: '/fleetlock' })
  await app.register(pages)
  app.addHook('preClose', async () => shell.assignments.close())
  return app
}

/** Everything that is not an answer is a problem, whoever threw it. */
function problems(app: FastifyInstance): void {
  const methodsOf = allowedMethods(app)
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error)
    const { problem, headers } = problemOf(failure, `urn:berth:request:${request.id}`)
    if (failure.code === 'internal') request.log.error({ err: error }, 'internal')
    return reply
      .code(problem.status)
      .headers(headers)
      .type('application/problem+json')
      .send(JSON.stringify(problem))
  })
  app.setNotFoundHandler((request) => {
    const allow = methodsOf(request.url)
    if (allow.length > 0 && !allow.includes(request.method)) {
      throw new RequestFailed({ code: 'method-not-allowed', method: request.method, allow })
    }
    throw new RequestFailed({ code: 'no-such-route', detail: 'there is nothing at this path' })
  })
}
