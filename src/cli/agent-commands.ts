import { InvalidArgumentError, Option, type Command } from 'commander'
import { explained } from './explained.ts'
import { withTlsOptions } from './tls-options.ts'
import type { Stage } from './remote-command.ts'

const IDENTITY_FILE = '/var/lib/berth/identity.json'
const LONGEST_WAIT = 60

/** `berth agent`: what runs on each host. */
export function addAgentCommands(agent: Command, { io, done }: Stage): void {
  const identity = () => new Option('--identity <file>', 'who this host is; a secret').default(IDENTITY_FILE)
  const signingKey = () =>
    new Option('--signing-key <file>', "the service's public keys, as PEM: no other one counts")
  const working = (command: Command) =>
    withTlsOptions(command)
      .addOption(identity())
      .addOption(new Option('--emulate <dir>', 'the emulated host of a capture folder').makeOptionMandatory())
      .addOption(new Option('--hooks <dir>', 'folder with pre-load.d, pre-exec.d and post-boot.d'))
      .addOption(new Option('--block <file>', 'no reboot while this file exists'))
      .addOption(signingKey())

  const enrolling = explained(agent.command('enroll'), {
    description: 'trade an enrolment token for the credential of this host',
    examples: [
      'BERTH_ENROLLMENT_TOKEN=… berth agent enroll --server https://berth.example',
      'berth agent enroll --server http://127.0.0.1:8080 --token … --emulate captures/web-7 --identity web-7.json',
    ],
  }).requiredOption('--server <url>', 'base URL of the service')
  withTlsOptions(enrolling)
    .addOption(new Option('--token <token>', 'the token').env('BERTH_ENROLLMENT_TOKEN').makeOptionMandatory())
    .addOption(identity())
    .addOption(signingKey())
    .option('--emulate <dir>', 'enrol the emulated host of a capture folder, not this one')
    .action(async (options) =>
      done(await (await import('./agent-enroll.ts')).agentEnrollCommand(options, io)),
    )

  const once = explained(agent.command('once'), {
    description: 'post a snapshot, apply what is assigned, post the next boot',
    examples: ['berth agent once --identity web-7.json --emulate captures/web-7 --wait 30'],
  })
  working(once)
    .option('--wait <seconds>', 'how long to wait for an assignment, 60 at most', waitSeconds, 0)
    .action(async (options) => done(await (await import('./agent-once.ts')).agentOnceCommand(options, io)))

  const run = explained(agent.command('run'), {
    description: 'the same again and again, until a signal',
    examples: ['berth agent run --identity web-7.json --emulate captures/web-7'],
  })
  working(run).action(async (options) =>
    done(await (await import('./agent-run.ts')).agentRunCommand(options, io)),
  )
}

function waitSeconds(text: string): number {
  const n = Number(text)
  if (!Number.isInteger(n) || n < 0 || n > LONGEST_WAIT) throw new InvalidArgumentError('0 to 60 is wanted.')
  return n
}
