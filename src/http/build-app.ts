import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import multipart from '@fastify/multipart'
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'
import type { Config } from '../config.ts'
import type { Store } from '../store/open-store.ts'
import { authorize, identify } from './access.ts'
import { answerProblems } from './answer-problems.ts'
import { badPath } from './bad-path.ts'
import { meter } from './metrics/meter.ts'
import { assignments, type WaitingClock } from './rollouts/assignments.ts'
import { deprecations } from './deprecation.ts'
import { contract, docs } from './docs.ts'
import { etags } from './etag.ts'
import { readJson } from './json-body.ts'
import { listenerOf, type Listener } from './listener/listener.ts'
import { limitRates, shedLoad } from './limits.ts'
import { probes } from './rollouts/probe.ts'
import { rolloutsSeen } from './rollouts/rollouts-seen.ts'
import { agent } from './routes/agent.ts'
import { audit } from './routes/audit.ts'
import { bootEntries } from './routes/boot-entries.ts'
import { bulkSnapshots } from './routes/bulk-snapshots.ts'
import { calibrations } from './routes/calibrations.ts'
import { credential } from './routes/credential.ts'
import { diffs } from './routes/diffs.ts'
import { durations } from './routes/durations.ts'
import { enrollment } from './routes/enrollment.ts'
import { events } from './routes/events.ts'
import { exceptions } from './routes/exceptions.ts'
import { explain } from './routes/explain.ts'
import { fleet } from './routes/fleet.ts'
import { fleetlockGroups } from './routes/fleetlock-groups.ts'
import { pages } from './pages/pages.ts'
import { fleetlock } from './routes/fleetlock.ts'
import { groups } from './routes/groups.ts'
import { health } from './routes/health.ts'
import { hosts } from './routes/hosts.ts'
import { keys } from './routes/keys.ts'
import { leases } from './routes/leases.ts'
import { metrics } from './routes/metrics.ts'
import { pictures } from './routes/pictures.ts'
import { pins } from './routes/pins.ts'
import { placements } from './routes/placements.ts'
import { planStates } from './routes/plan-states.ts'
import { plans } from './routes/plans.ts'
import { pauses } from './routes/pauses.ts'
import { policies } from './routes/policies.ts'
import { policyTrials } from './routes/policy-trials.ts'
import { rebootRules } from './routes/reboot-rules.ts'
import { rolloutCommands } from './routes/rollout-commands.ts'
import { rolloutTimeline } from './routes/rollout-timeline.ts'
import { rollouts } from './routes/rollouts.ts'
import { room } from './routes/room.ts'
import { signingKeys } from './routes/signing-keys.ts'
import { sessions } from './routes/sessions.ts'
import { snapshots } from './routes/snapshots.ts'
import { webhookDeliveries } from './routes/webhook-deliveries.ts'
import { webhooks } from './routes/webhooks.ts'
import { whatIfs } from './routes/what-if.ts'
import type { Signer } from './signing/signer.ts'
import type { Shell } from './shell.ts'
import { requestId, requestLog, tracing } from './tracing.ts'
import { wakeAfterWrites } from './rollouts/wake-up.ts'
import { wholeText } from './whole-text.ts'
import { writer } from './write.ts'

/** Parts of a multipart snapshot: more than there are files to send. */
const MAX_PARTS = 64

export interface Parts {
  readonly store: Store
  readonly config: Config
  readonly log: FastifyBaseLogger
  readonly now: () => Date
  /** Signs what agents are handed. */
  readonly signer: Signer
  /** Asks the health gates of rollouts; node's own where it is left out. */
  readonly fetch?: typeof globalThis.fetch
  /** Where requests come in; over HTTP where it is left out. */
  readonly listener?: Listener
  /** The clock by which agents wait; the real one where it is left out. */
  readonly waiting?: WaitingClock
}

/** Puts the service together; it never listens. Closing it lets every waiting agent go with 204. */
export async function buildApp({
  store: given,
  config,
  log,
  now,
  signer,
  fetch = globalThis.fetch,
  waiting: clock,
  listener = listenerOf(),
}: Parts): Promise<FastifyInstance> {
  const waiting = assignments(clock)
  const counts = meter(waiting)
  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    genReqId: requestId,
    childLoggerFactory: requestLog,
    requestIdHeader: false,
    bodyLimit: config.bodyLimit,
    trustProxy: config.trustProxy !== false && ((_address, hop) => hop < Number(config.trustProxy)),
    // Ids are what is long in a path; nothing else is.
    routerOptions: { maxParamLength: 200 },
    ...listener.options,
    frameworkErrors: (error, request, reply) => void badPath(error, request, reply, counts.problem),
    forceCloseConnections: 'idle',
  })
  const store = counts.timed(given)
  const shell: Shell = {
    store,
    now,
    write: writer({ store, now, assignments: waiting }),
    assignments: waiting,
    rollouts: rolloutsSeen({ store, now, assignments: waiting }),
    probes: probes(config.probeOrigins, fetch),
    signer,
    certificates: config.tls?.clientCaFile ? config.tls.clientCert : null,
  }

  wakeAfterWrites(shell)
  app.setValidatorCompiler(validatorCompiler)
  // What is sent was made to the schema's type here; checking it again costs more than most requests.
  app.setSerializerCompiler(() => (content) => JSON.stringify(content))
  app.removeContentTypeParser('text/plain')
  readJson(app)
  answerProblems(app, counts)
  counts.watch(app)
  listener.tell({
    refused: counts.problem,
    full: counts.full,
    unsecured: (why, remoteAddress) => log.info({ why, remoteAddress }, 'a TLS handshake came to nothing'),
  })
  tracing(app)
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
  })
  // Before the load is shed: a page that refuses reads cookies too.
  await app.register(cookie)
  await shedLoad(app, config)
  identify(app, { ...shell, credentialDays: config.credentialDays })
  await limitRates(app, config)
  authorize(app)
  etags(app)
  await app.register(multipart, {
    limits: { fileSize: config.bodyLimit, fieldSize: config.bodyLimit, parts: MAX_PARTS },
  })
  wholeText(app)
  deprecations(app)
  await contract(app)

  await app.register(health, shell)
  await app.register(metrics, { ...shell, meter: counts })
  await app.register(docs)
  for (const routes of [
    enrollment,
    hosts,
    snapshots,
    bulkSnapshots,
    diffs,
    bootEntries,
    plans,
    planStates,
    placements,
    pictures,
    whatIfs,
    room,
    pins,
    groups,
    policies,
    policyTrials,
    pauses,
    calibrations,
    exceptions,
    rollouts,
    rolloutCommands,
    rolloutTimeline,
    durations,
    leases,
    fleetlockGroups,
    explain,
    rebootRules,
    agent,
    credential,
    signingKeys,
    keys,
    sessions,
    audit,
    fleet,
    events,
    webhookDeliveries,
  ]) {
    await app.register(routes, { ...shell, prefix: '/v1' })
  }
  await app.register(webhooks, { ...shell, origins: config.webhookOrigins, prefix: '/v1' })
  await app.register(fleetlock, { ...shell, prefix: '/fleetlock' })
  await app.register(pages, { meter: counts })
  app.addHook('preClose', async () => {
    shell.assignments.close()
    listener.leave()
  })
  return app
}
