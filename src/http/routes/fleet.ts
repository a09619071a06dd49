import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { HostCount } from '../../store/fleet.ts'
import { Fleet } from '../../wire/fleet.ts'
import { NoQuery } from '../../wire/page.ts'
import type { PlanStateName } from '../../wire/plan.ts'
import { access, answers } from '../contract.ts'
import type { Shell } from '../shell.ts'

const { config, security } = access('viewer')

/** Ends of a plan after which a host does not run what was planned where it was planned. */
const ELSEWHERE: readonly string[] = [
  'landed-elsewhere',
  'cold-booted',
  'failed',
  'missing',
] satisfies PlanStateName[]

/** The fleet in numbers: few statements, whatever its size. */
export const fleet: FastifyPluginAsyncZod<Shell> = async (app, { store }) => {
  app.get('/fleet', {
    config,
    schema: {
      operationId: 'getFleet',
      summary:
        'All hosts, counted by state, architecture, group, hardware model, kernel release and newest plan',
      tags: ['hosts'],
      security,
      querystring: NoQuery,
      response: answers('viewer', { 200: Fleet }),
    },
    handler: async () => {
      const rows = store.fleet
      const [states, archs, groups, hardware_models, releases, plans, opted_out, load_refused] =
        await Promise.all([
          rows.by('state'),
          rows.by('arch'),
          rows.by('group'),
          rows.by('hardwareModel'),
          rows.by('release'),
          rows.byPlan(),
          rows.optedOut(),
          rows.refusingLoads(),
        ])
      const elsewhere = sum(plans.filter(({ value }) => ELSEWHERE.includes(value ?? '')))
      const no_snapshot = sum(releases.filter(({ value }) => value === null))
      const counts = { states, archs, groups, hardware_models, releases, plans }
      return {
        hosts: sum(states),
        ...counts,
        drift: { elsewhere, load_refused, no_snapshot },
        opted_out,
      } as Fleet
    },
  })
}

function sum(counts: readonly HostCount[]): number {
  return counts.reduce((total, { hosts }) => total + hosts, 0)
}
