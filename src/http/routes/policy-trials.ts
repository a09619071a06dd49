import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Host } from '../../store/hosts.ts'
import { NoQuery } from '../../wire/page.ts'
import { PolicyTrialLine, PolicyTrialRequest } from '../../wire/policy-trial.ts'
import { access, answers, BODY_CODES } from '../contract.ts'
import { notFound } from '../failure.ts'
import { selectHosts } from '../hosts/select-hosts.ts'
import { begun, ndjson, sendLines } from '../lines.ts'
import { policyTrialLine } from '../plans/policy-trial-lines.ts'
import { policyTrialSummary } from '../plans/policy-trial-summary.ts'
import type { Inquiry } from '../plans/what-if-lines.ts'
import { readOnce } from '../read-once.ts'
import type { Shell } from '../shell.ts'

const viewer = access('viewer')

/** A policy tried on history: what pins would have done in the boots that are remembered. Nothing is stored. */
export const policyTrials: FastifyPluginAsyncZod<Pick<Shell, 'store'>> = async (app, { store }) => {
  app.post('/policy-trials', {
    config: viewer.config,
    schema: {
      operationId: 'tryPolicy',
      summary: 'What pins would have done in each remembered boot, had a policy been in force',
      description:
        'NDJSON: a line for each host, by id, then one with the summary. Each boot is planned for twice, with the policy in force and with the trial; both begin without pins of the host, and each boot gets the pins that the one before left. Nothing is stored.',
      tags: ['policies'],
      security: viewer.security,
      querystring: NoQuery,
      body: PolicyTrialRequest,
      response: answers('viewer', { 200: ndjson(PolicyTrialLine) }, ['not-found', ...BODY_CODES]),
    },
    handler: async ({ body, log }, reply) => {
      const { boot_entry, purpose = 'reboot', selector } = body
      const bootEntry = await store.bootEntries.get(boot_entry)
      if (!bootEntry) throw notFound('boot entry')
      const wanted = { bootEntry, purpose, strategy: 'pinned', snapshotId: null } as const
      const hosts = await begun(selectHosts(store, selector))
      return sendLines(reply, answerLines({ rows: readOnce(store), wanted, log }, body, hosts))
    },
  })
}

async function* answerLines(
  inquiry: Inquiry,
  { rules, boots, selector }: PolicyTrialRequest,
  hosts: AsyncIterable<Host>,
): AsyncGenerator<string> {
  const summary = policyTrialSummary(selector.hosts)
  for await (const host of hosts) {
    const line = await policyTrialLine(inquiry, host, { rules, boots })
    summary.add(line)
    yield `${JSON.stringify(line)}\n`
  }
  yield `${JSON.stringify(summary.told())}\n`
}
