import { SEGMENT_KINDS } from '../planner/names.ts'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { ON_BROKEN } from '../planner/pin/policy.ts'
import { HOST } from './pin-commands.ts'
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
    .requiredOption('--reason <text>', 'why; kept in the audit')

  remoteCommand(policy.command('clear'), stage, {
    description: 'forget what one scope sets: the wider scopes hold again',
    examples: ['berth policy clear group:web --reason "the fleet\'s policy will do"'],
    start: async () => (await import('./policy.ts')).policyClearCommand,
  })
    .argument(...scope)
    .requiredOption('--reason <text>', 'why; kept in the audit')
}

function kindToo(text: string, before: unknown): string[] {
  if (!SEGMENT_KINDS.some((kind) => kind === text)) {
    throw new InvalidArgumentError(`One of ${SEGMENT_KINDS.join(', ')} is wanted.`)
  }
  // Before the first it is the default that --no-random brings: true.
  return [...(Array.isArray(before) ? (before as string[]) : []), text]
}

function wholeNumber(text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A whole number is wanted.')
}
