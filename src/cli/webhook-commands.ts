import { Option, type Command } from 'commander'
import { apiCommand, listCommand, REASON } from './api-command.ts'
import type { Stage } from './remote-command.ts'

interface Told {
  readonly url: string
  readonly kind?: string[]
  readonly rollout?: string
  readonly group?: string
  readonly reason: string
}

const EXAMPLE = 'hook_01j00000000000000000000000'

/** `berth webhook`: who is told of events, and how that goes. */
export function addWebhookCommands(program: Command, stage: Stage): void {
  const webhook = program.command('webhook').description('who is told of what happens, by signed requests')
  listCommand(webhook.command('list'), stage, '/v1/webhooks', {
    description: 'every webhook, and how it goes',
    examples: ['berth webhook list'],
    columns: {
      id: (w) => w.id,
      state: (w) => w.state,
      url: (w) => w.url,
      kinds: (w) => w.kinds?.join(' ') ?? 'all',
      'last answer': (w) => w.last_delivery?.detail ?? null,
    },
    none: 'there is none',
  })
  apiCommand(webhook.command('create'), stage, ['post', '/v1/webhooks'], {
    description: 'tell somebody of events; the secret for checking signatures is shown this once',
    examples: ['berth webhook create --url https://hooks.example/berth --kind rollout.* --reason on-call'],
    body: ({ url, kind, rollout, group, reason }: Told) => {
      return {
        ...{ url, reason },
        ...(kind && { kinds: kind }),
        ...(rollout !== undefined && { rollout }),
        ...(group !== undefined && { group }),
      }
    },
  })
    .requiredOption('--url <url>', 'where to; https and public')
    .option('--kind <kind>', 'only events of this kind, as rollout.*; more than once', oneMore)
    .option('--rollout <id>', 'only events of this rollout')
    .option('--group <name>', 'only events of hosts of this group')
    .requiredOption(...REASON)
  apiCommand(webhook.command('show'), stage, ['get', '/v1/webhooks/{webhookId}'], {
    description: 'one webhook, with its last delivery',
    examples: [`berth webhook show ${EXAMPLE}`],
  })
  listCommand(webhook.command('deliveries'), stage, '/v1/webhooks/{webhookId}/deliveries', {
    description: 'what was sent, and what was answered',
    examples: [`berth webhook deliveries ${EXAMPLE}`],
    columns: {
      at: (d) => d.at,
      type: (d) => d.type,
      attempt: (d) => d.attempt,
      outcome: (d) => d.outcome,
      detail: (d) => d.detail,
    },
    none: 'nothing was sent yet',
  })
  apiCommand(webhook.command('resume'), stage, ['post', '/v1/webhooks/{webhookId}/resume'], {
    description: 'send again to one that was failing or disabled',
    examples: [`berth webhook resume ${EXAMPLE} --from now --reason "it is mended"`],
    body: ({ from, reason }: { from: 'position' | 'now'; reason: string }) => ({ from, reason }),
  })
    .addOption(
      new Option('--from <where>', 'position: what waits is sent; now: it is left out')
        .choices(['position', 'now'])
        .default('position'),
    )
    .requiredOption(...REASON)
  apiCommand(webhook.command('delete'), stage, ['delete', '/v1/webhooks/{webhookId}'], {
    description: 'tell it no more',
    examples: [`berth webhook delete ${EXAMPLE}`],
    done: ({ webhook: id }: { webhook: string }) => `${id} is told no more`,
  })
}

function oneMore(kind: string, before: readonly string[] = []): string[] {
  return [...before, kind]
}
