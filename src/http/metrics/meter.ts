import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Store } from '../../store/open-store.ts'
import { PROBLEM_CODES, type ProblemCode } from '../../wire/problem-code.ts'
import type { Assignments } from '../rollouts/assignments.ts'

/** Units: seconds. Agents wait up to a minute for an answer. */
const REQUEST_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]
const WRITE_WAIT_BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15]

/** What one service counts of itself. */
export interface Meter {
  readonly registry: Registry
  /** Counts every request from here on; belongs before the routes, so that those that nobody calls show a 0. */
  watch(app: FastifyInstance): void
  problem(code: ProblemCode): void
  /** A connection was closed at once, as there were as many as there may be. */
  full(): void
  /** The same store; how long its writers wait for one another is measured. */
  timed(store: Store): Store
}

/** A registry of its own for each service: two in one process do not share their counters. */
export function meter(assignments: Pick<Assignments, 'hostsWaiting'>): Meter {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Counter({
    name: 'berth_http_requests_total',
    help: 'Requests answered, by the route as the contract names it; none: there is no such route.',
    labelNames: ['method', 'route', 'status'] as const,
    registers,
  })
  const duration = new Histogram({
    name: 'berth_http_request_duration_seconds',
    help: 'How long requests took; that of an agent that asks for its assignment holds how long it waited.',
    labelNames: ['method', 'route'] as const,
    buckets: REQUEST_BOUNDS,
    registers,
  })
  const problems = new Counter({
    name: 'berth_problems_total',
    help: 'Requests that ended in a problem, by its code.',
    labelNames: ['code'] as const,
    registers,
  })
  for (const code of PROBLEM_CODES) problems.inc({ code }, 0)
  const full = new Counter({
    name: 'berth_connections_refused_total',
    help: 'Connections that were closed at once, as there were as many as there may be.',
    registers,
  })
  const writeWait = new Histogram({
    name: 'berth_database_write_wait_seconds',
    help: 'How long a write waited for the ones before it, until its transaction began.',
    buckets: WRITE_WAIT_BOUNDS,
    registers,
  })
  new Gauge({
    name: 'berth_agents_waiting',
    help: 'Hosts whose agent waits for an assignment at this process.',
    registers,
    collect() {
      this.set(assignments.hostsWaiting)
    },
  })

  return {
    registry,
    problem: (code) => problems.inc({ code }),
    full: () => full.inc(),
    timed: (store) => {
      const write: Store['write'] = (work, told) => {
        const began = performance.now()
        return store.write((rows) => {
          writeWait.observe((performance.now() - began) / 1000)
          return work(rows)
        }, told)
      }
      return new Proxy(store, {
        get: (target, name) => (name === 'write' ? write : (Reflect.get(target, name) as unknown)),
      })
    },
    watch: (app) => {
      // Who watches the process goes on for as long as that, and would keep a service that is long closed.
      app.addHook('onClose', async () => registry.clear())
      app.addHook('onRoute', ({ method, url: route, schema }) => {
        const statuses = Object.keys((schema?.response ?? {}) as object).filter((status) => status < '300')
        for (const one of [method].flat().filter((verb) => verb !== 'HEAD')) {
          for (const status of statuses) requests.inc({ method: one, route, status }, 0)
          if (statuses.length > 0) duration.zero({ method: one, route })
        }
      })
      app.addHook('onResponse', async (request, reply) => {
        const { method } = request
        const route = request.routeOptions.url ?? 'none'
        requests.inc({ method, route, status: String(reply.statusCode) })
        duration.observe({ method, route }, reply.elapsedTime / 1000)
      })
    },
  }
}
