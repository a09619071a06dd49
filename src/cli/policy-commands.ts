import { PURPOSES, SEGMENT_KINDS } from '../planner/names.ts'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { ON_BROKEN } from '../planner/pin/policy.ts'
import { EXIT } from './io.ts'
import { HOST } from './api-command.ts'
import { oneMore, wholeNumber, wholeNumberOrNone } from './option-values.ts'
import { readHeadroom } from './policy-text.ts'
import { remoteCommand, type Stage } from './remote-command.ts'

/** `berth policy`: how pins are chosen and kept, for the fleet, a group, a host. */
export function addPolicyCommands(policy: Command, stage: Stage): void {
  const [host, words] = HOST
  const scope = ['<scope>', 'fleet, group:NAME or host:HOST'] as const
  remoteCommand(policy.enablePositionalOptions(), stage, {
    description: 'how pins are chosen and kept: what each scope sets, or what holds for one host',
    examples: ['berth policy', 'berth policy web-7'],
    start: async () => (await import('./policy.ts')).policyCommand,
  }).argument(`[${host}]`, words)

  remoteCommand(policy.command('set'), stage, {
    description: 'set rules of one scope; those that are not named stay as they are',
    examples: [
      'berth policy set fleet --on-broken strict --reason "addresses are watched from outside"',
      'berth policy set group:web --headroom initrd=50%,64M --random rng_seed --reason "initrds grow"',
      'berth policy set host:web-7 --keep-snapshots 128 --keep-days 730 --reason "under study"',
    ],
    start: async () => (await import('./policy.ts')).policySetCommand,
  })
    .argument(...scope)
    .addOption(new Option('--on-broken <what>', 'when a pin no longer holds').choices(ON_BROKEN))
    .option('--headroom <kind=percent%,size>', 'how much a segment may grow; more than once', readHeadroom)
    .addOption(
      new Option('--random <kind>', 'placed at random in each plan; more than once').argParser(kindToo),
    )
    .option('--no-random', 'nothing is placed at random')
    .option('--remember-boots <n>', 'new pins lie where so many boots had memory free', wholeNumber)
    .option('--keep-snapshots <n>', 'so many of each host', wholeNumber)
    .option('--keep-days <n>', 'for so many days', wholeNumber)
    .option(
      '--snapshot-max-age <seconds>',
      'plans go by a snapshot posted within; none: any age',
      wholeNumberOrNone,
    )
    .requiredOption('--reason <text>', 'why; kept in the audit')

  remoteCommand(policy.command('clear'), stage, {
    description: 'forget what one scope sets: the wider scopes hold again',
    examples: ['berth policy clear group:web --reason "the fleet\'s policy will do"'],
    start: async () => (await import('./policy.ts')).policyClearCommand,
  })
    .argument(...scope)
    .requiredOption('--reason <text>', 'why; kept in the audit')

  addHistoryCommands(policy, stage)
}

/** What has been, and what would have been. */
function addHistoryCommands(policy: Command, stage: Stage): void {
  remoteCommand(policy.command('history'), stage, {
    description: 'everything that one scope ever set, by whom, when and why',
    examples: ['berth policy history group:web'],
    start: async () => (await import('./policy.ts')).policyHistoryCommand,
  }).argument('<scope>', 'fleet, group:NAME or host:HOST')

  remoteCommand(policy.command('try'), stage, {
    description: 'what pins would have done in the remembered boots, had these rules been in force',
    examples: [
      'berth policy try rules.json --boot-entry boot_01j00000000000000000000000 --group web',
      'berth policy try rules.json --boot-entry boot_01j00000000000000000000000 --host web-7 --boots 32',
    ],
    exits: [[EXIT.noHole, 'more boots would have been refused than under the policy in force']],
    start: async () => (await import('./policy-try.ts')).policyTryCommand,
  })
    .argument('<file>', 'JSON: the rules, as the API has them; those that are not named stay as they are')
    .requiredOption('--boot-entry <id>', 'what each boot would have loaded')
    .option('--boots <n>', 'of each host so many, the newest', wholeNumber)
    .option('--group <name>', 'only hosts of this group')
    .option('--host <host>', 'only this one; more than once', oneMore)
    .addOption(new Option('--arch <arch>', 'only hosts of it').choices(['arm64', 'x86_64']))
    .addOption(new Option('--purpose <purpose>', 'which kernel').choices(PURPOSES))
}

function kindToo(text: string, before: unknown): string[] {
  if (!SEGMENT_KINDS.some((kind) => kind === text)) {
    throw new InvalidArgumentError(`One of ${SEGMENT_KINDS.join(', ')} is wanted.`)
  }
  // Before the first it is the default that --no-random brings: true.
  return [...(Array.isArray(before) ? (before as string[]) : []), text]
}
