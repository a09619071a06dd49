import { Option, type Command } from 'commander'
import { MEMBER_STATES } from '../rollout/transitions.ts'
import { apiCommand, HOST } from './api-command.ts'
import { remoteCommand, type Stage } from './remote-command.ts'

const ROLLOUT = ['<rollout>', 'its id'] as const
const EXAMPLE = 'roll_01j00000000000000000000000'

const VERDICTS = ['pass', 'fail', 'inconclusive'] as const

interface Health {
  readonly gate: string
  readonly verdict: (typeof VERDICTS)[number]
  readonly detail: string
  readonly host?: string
}

const COMMANDS = {
  submit: 'hand a draft in; it starts at once where nobody has to approve it',
  approve: 'approve a rollout; who wrote it cannot',
  pause: 'grant nothing more until it is resumed; deadlines stand still',
  resume: 'go on where it stopped',
  halt: 'put the brake on, by hand',
  acknowledge: 'let the brake go; what has happened so far halts it no more',
  cancel: 'end it for good; who has jumped is still judged',
} as const

/** `berth explain` and `berth rollout`: who reboots when, and why somebody does not. */
export function addRolloutCommands(program: Command, stage: Stage): void {
  remoteCommand(program.command('explain'), stage, {
    description: 'why a host is, or is not, being rebooted now: every gate, since when, next check',
    examples: ['berth explain web-7'],
    start: async () => (await import('./explain.ts')).explainCommand,
  }).argument(...HOST)

  const rollout = program.command('rollout').description('who reboots when, into what, and what stops it')
  addReading(rollout, stage)
  for (const [name, description] of Object.entries(COMMANDS) as [keyof typeof COMMANDS, string][]) {
    remoteCommand(rollout.command(name), stage, {
      description,
      examples: [`berth rollout ${name} ${EXAMPLE} --reason "as agreed"`],
      start: async () => (await import('./rollouts.ts')).rolloutCommand(name),
    })
      .argument(...ROLLOUT)
      .requiredOption('--reason <text>', 'why; kept in the audit')
  }
  remoteCommand(rollout.command('skip-host'), stage, {
    description: 'take one host out; a missing one is in nobody’s way any more',
    examples: [`berth rollout skip-host ${EXAMPLE} web-7 --reason "its board is dead"`],
    start: async () => (await import('./rollouts.ts')).rolloutSkipCommand,
  })
    .argument(...ROLLOUT)
    .argument(...HOST)
    .requiredOption('--reason <text>', 'why; kept in the audit')
}

function addReading(rollout: Command, stage: Stage): void {
  remoteCommand(rollout.command('list'), stage, {
    description: 'every rollout, and how far it has come',
    examples: ['berth rollout list'],
    start: async () => (await import('./rollouts.ts')).rolloutsCommand,
  })

  remoteCommand(rollout.command('create'), stage, {
    description: 'make a rollout of a JSON file (NewRollout of the API), as a draft',
    examples: ['berth rollout create kernel.json --dry-run', 'berth rollout create kernel.json'],
    start: async () => (await import('./rollouts.ts')).rolloutCreateCommand,
  })
    .argument('<file>', 'selector, boot_entry, waves, limits, windows, gates')
    .option('--dry-run', 'only tell the order in which hosts would go')

  remoteCommand(rollout.command('show'), stage, {
    description: 'where it stands, wave by wave',
    examples: [`berth rollout show ${EXAMPLE}`],
    start: async () => (await import('./rollouts.ts')).rolloutShowCommand,
  }).argument(...ROLLOUT)

  remoteCommand(rollout.command('members'), stage, {
    description: 'each host in its order: its state, since when, why',
    examples: [`berth rollout members ${EXAMPLE} --state failed`],
    start: async () => (await import('./rollouts.ts')).rolloutMembersCommand,
  })
    .argument(...ROLLOUT)
    .addOption(new Option('--state <state>', 'only hosts in it').choices(MEMBER_STATES))

  remoteCommand(rollout.command('timeline'), stage, {
    description: 'what happened to it, in order: commands, waves, grants, outcomes, brakes',
    examples: [`berth rollout timeline ${EXAMPLE}`, `berth rollout timeline ${EXAMPLE} --host web-7`],
    start: async () => (await import('./rollout-timeline.ts')).rolloutTimelineCommand,
  })
    .argument(...ROLLOUT)
    .option('--host <host>', 'only what this host did')

  apiCommand(rollout.command('health'), stage, ['post', '/v1/rollouts/{rolloutId}/health'], {
    description: 'tell a gate how what it watches stands',
    examples: [`berth rollout health ${EXAMPLE} --gate errors --verdict pass --detail "0.1 % of requests"`],
    body: ({ gate, verdict, detail, host }: Health) => ({ gate, verdict, detail, host: host ?? null }),
    columns: { gate: (h) => h.gate, verdict: (h) => h.verdict, host: (h) => h.host, at: (h) => h.at },
  })
    .requiredOption('--gate <id>', 'the gate, as the rollout calls it')
    .addOption(new Option('--verdict <verdict>', 'how it stands').choices(VERDICTS).makeOptionMandatory())
    .requiredOption('--detail <text>', 'what was seen')
    .option('--host <host>', 'where each host has its own result')
}
