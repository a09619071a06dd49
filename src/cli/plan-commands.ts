import { Option, type Command } from 'commander'
import { PURPOSES } from '../planner/names.ts'
import { ON_BROKEN } from '../planner/pin/policy.ts'
import { EXIT } from './io.ts'
import { apiCommand, listCommand } from './api-command.ts'
import { oneMore } from './option-values.ts'
import type { Stage } from './remote-command.ts'

const PLAN = 'plan_01j00000000000000000000000'
const ENTRY = 'boot_01j00000000000000000000000'
const STRATEGIES = ['pinned', 'kexec_file', 'kexec_tools'] as const

interface Asking {
  readonly bootEntry: string
  readonly purpose?: (typeof PURPOSES)[number]
  readonly strategy?: (typeof STRATEGIES)[number]
  readonly snapshot?: string
  readonly onBroken?: (typeof ON_BROKEN)[number]
  readonly exception?: string[]
  readonly assign?: boolean
}

/** `berth plan make` and what follows it: plans that the service keeps. `berth plan` itself is offline. */
export function addPlanCommands(plan: Command, stage: Stage): void {
  apiCommand(plan.command('make'), stage, ['post', '/v1/hosts/{hostId}/plans'], {
    description: 'compute a plan for a host, and keep it',
    examples: [
      `berth plan make web-7 --boot-entry ${ENTRY} --dry-run`,
      `berth plan make web-7 --boot-entry ${ENTRY} --assign`,
    ],
    exits: [[EXIT.noHole, 'there is no place, or a pin is broken and policy is strict']],
    query: ['dry_run'],
    body: ({ bootEntry: boot_entry, purpose, strategy, snapshot, onBroken, exception, assign }: Asking) => ({
      ...{ boot_entry, purpose, strategy, snapshot, on_broken: onBroken, exceptions: exception, assign },
    }),
  })
    .requiredOption('--boot-entry <id>', 'what it is to load')
    .addOption(new Option('--purpose <purpose>', 'which kernel').choices(PURPOSES))
    .addOption(new Option('--strategy <strategy>', 'who chooses').choices(STRATEGIES))
    .option('--snapshot <id>', "another boot than the host's newest")
    .addOption(new Option('--on-broken <what>', 'for this plan alone').choices(ON_BROKEN))
    .option('--exception <id>', 'protected memory that it may use; more than once', oneMore)
    .option('--assign', 'also hand it to the agent')
    .addOption(new Option('--dry-run', 'compute and show, keep nothing').argParser(() => 'true'))

  listCommand(plan.command('list'), stage, '/v1/hosts/{hostId}/plan-states', {
    description: 'the plans of a host, and what became of each',
    examples: ['berth plan list web-7'],
    columns: {
      plan: (p) => p.plan,
      state: (p) => p.state,
      since: (p) => p.since,
      verdict: (p) => p.landing?.verdict,
      detail: (p) => p.detail,
    },
    none: 'nothing was ever planned for it',
  })
  apiCommand(plan.command('show'), stage, ['get', '/v1/plans/{planId}'], {
    description: 'one plan: what it goes by, and where each segment goes',
    examples: [`berth plan show ${PLAN}`, `berth plan show ${PLAN} --output json | jq -c .body`],
  })
  apiCommand(plan.command('state'), stage, ['get', '/v1/plans/{planId}/state'], {
    description: 'what became of one plan, with the evidence',
    examples: [`berth plan state ${PLAN}`],
  })
  apiCommand(plan.command('assign'), stage, ['post', '/v1/plans/{planId}/assign'], {
    description: "hand a plan to its host's agent",
    examples: [`berth plan assign ${PLAN}`],
    body: () => ({}),
    columns: { plan: (p) => p.plan, state: (p) => p.state, since: (p) => p.since, detail: (p) => p.detail },
  })
}

interface Image {
  readonly title: string
  readonly bootVersion: string
  readonly arch: 'arm64' | 'x86_64'
  readonly kernel: string
  readonly initrd?: string
  readonly dtb?: string
  readonly cmdline: string
}

/** `berth boot-entry`: what hosts are to boot. */
export function addBootEntryCommands(program: Command, stage: Stage): void {
  const entry = program.command('boot-entry').description('what hosts are to boot: kernel, initrd, options')
  listCommand(entry.command('list'), stage, '/v1/boot-entries', {
    description: 'every boot entry',
    examples: ['berth boot-entry list', 'berth boot-entry list --architecture arm64'],
    query: ['architecture'],
    columns: {
      id: (e) => e.id,
      version: (e) => e.version,
      arch: (e) => e.architecture,
      kernel: (e) => e.linux.size,
      initrd: (e) => e.initrd?.size,
      title: (e) => e.title,
    },
    none: 'there is none: `berth boot-entry add` makes one',
  }).addOption(new Option('--architecture <arch>', 'only for it').choices(['arm64', 'x86_64']))
  apiCommand(entry.command('show'), stage, ['get', '/v1/boot-entries/{bootEntryId}'], {
    description: 'one boot entry, without the bytes that it keeps; json and yaml have those too',
    examples: [`berth boot-entry show ${ENTRY}`],
    text: ({ linux, devicetree, ...rest }) =>
      Object.entries({
        ...rest,
        linux: withoutBytes(linux),
        devicetree: devicetree && withoutBytes(devicetree),
      })
        .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}\n`)
        .join(''),
  })
  apiCommand(entry.command('add'), stage, ['post', '/v1/boot-entries'], {
    description: 'make a boot entry of files: their digests, sizes and the head of the kernel are kept',
    examples: [
      'berth boot-entry add --title "Debian 12" --boot-version 6.12.9 --arch x86_64 --kernel vmlinuz --initrd initrd.img --cmdline "root=/dev/vda1 nokaslr"',
    ],
    body: async (image: Image) => (await import('./new-boot-entry.ts')).newBootEntry(image),
    columns: { id: (e) => e.id, version: (e) => e.version, title: (e) => e.title },
  })
    .requiredOption('--title <text>', 'what people call it')
    .requiredOption('--boot-version <version>', 'of the kernel')
    .addOption(
      new Option('--arch <arch>', 'of the kernel').choices(['arm64', 'x86_64']).makeOptionMandatory(),
    )
    .requiredOption('--kernel <file>', 'the whole image')
    .option('--initrd <file>', 'none when left out')
    .option('--dtb <file>', 'a device tree of its own')
    .option('--cmdline <text>', 'command line of the next kernel', '')
}

function withoutBytes({ sha256, size }: { readonly sha256: string; readonly size: number }) {
  return { sha256, size }
}
