import { Option, type Command } from 'commander'
import { apiCommand, listCommand, REASON } from './api-command.ts'
import { oneMore, time } from './option-values.ts'
import type { Schemas } from '../client/index.ts'
import type { Stage } from './remote-command.ts'
import type { Columns } from './table.ts'

const MODES = ['kexec', 'cold', 'powercycle'] as const
const RULE = 'rule_01j00000000000000000000000'
const EXCEPTION = 'exc_01j00000000000000000000000'

const RULE_COLUMNS: Columns<Schemas['RebootRule']> = {
  id: (r) => r.id,
  kind: (r) => r.kind,
  of: (r) => ('host' in r ? r.host : r.hardware_model),
  mode: (r) => r.mode,
  'ends at': (r) => r.expires_at,
  reason: (r) => r.reason,
}

interface Ruling {
  readonly mode: (typeof MODES)[number]
  readonly reason: string
  readonly until?: string
}
interface Denying extends Ruling {
  readonly hardwareModel: string
  readonly evidence: string[]
}
interface Overriding extends Ruling {
  readonly host: string
}

/** `berth reboot-rule`: hosts and hardware that must not be entered by kexec. */
export function addRebootRuleCommands(program: Command, stage: Stage): void {
  const rule = program.command('reboot-rule').description('hosts and hardware that reboot otherwise')
  listCommand(rule.command('list'), stage, '/v1/reboot-rules', {
    description: 'every reboot rule',
    examples: ['berth reboot-rule list', 'berth reboot-rule list --host web-7'],
    query: ['hardware_model', 'host'],
    columns: RULE_COLUMNS,
    none: 'there is none: every host reboots by kexec',
  })
    .option('--hardware-model <name>', 'only of this hardware model')
    .option('--host <host>', 'only of this host')
  apiCommand(rule.command('show'), stage, ['get', '/v1/reboot-rules/{ruleId}'], {
    description: 'one reboot rule',
    examples: [`berth reboot-rule show ${RULE}`],
  })
  apiCommand(rule.command('deny'), stage, ['post', '/v1/reboot-rules'], {
    description: 'hosts of a hardware model do not reboot this way',
    examples: [
      'berth reboot-rule deny --hardware-model "Example 2U" --mode kexec --evidence "no network after kexec on 3 of 3 hosts" --reason "until its firmware is mended"',
    ],
    body: ({ hardwareModel: hardware_model, mode, evidence, reason, until }: Denying) => {
      return { kind: 'denial' as const, hardware_model, mode, evidence, reason, expires_at: until ?? null }
    },
    columns: RULE_COLUMNS,
  })
    .requiredOption('--hardware-model <name>', 'the model')
    .addOption(new Option('--mode <mode>', 'not this way').choices(MODES).makeOptionMandatory())
    .requiredOption('--evidence <text>', 'what speaks against it; more than once', oneMore)
    .option('--until <time>', 'when it ends by itself', time)
    .requiredOption(...REASON)
  apiCommand(rule.command('override'), stage, ['post', '/v1/reboot-rules'], {
    description: 'one host reboots this way the next time, whatever holds for it else',
    examples: ['berth reboot-rule override --host web-7 --mode cold --reason "new microcode"'],
    body: ({ host, mode, reason, until }: Overriding) => {
      return { kind: 'override' as const, host, mode, reason, expires_at: until ?? null }
    },
    columns: RULE_COLUMNS,
  })
    .requiredOption('--host <host>', 'the host')
    .addOption(new Option('--mode <mode>', 'this way').choices(MODES).makeOptionMandatory())
    .option('--until <time>', 'when it ends by itself', time)
    .requiredOption(...REASON)
  apiCommand(rule.command('delete'), stage, ['delete', '/v1/reboot-rules/{ruleId}'], {
    description: 'take a reboot rule back, at once',
    examples: [`berth reboot-rule delete ${RULE}`],
    done: ({ rule }: { rule: string }) => `${rule} is gone`,
  })
}

interface Granting {
  readonly kind: 'acpi-tables' | 'uefi-map'
  readonly host?: string
  readonly group?: string
  readonly policy: string
  readonly approver: string
  readonly reason: string
  readonly until: string
}

/** `berth exception`: protected memory that a plan may use, because somebody answers for it. */
export function addExceptionCommands(program: Command, stage: Stage): void {
  const exception = program.command('exception').description('protected memory that a plan may use')
  listCommand(exception.command('list'), stage, '/v1/exceptions', {
    description: 'every exception',
    examples: ['berth exception list', 'berth exception list --group web'],
    query: ['host', 'group'],
    columns: {
      id: (e) => e.id,
      kind: (e) => e.kind,
      scope: (e) => ('host' in e.scope ? `host:${e.scope.host}` : `group:${e.scope.group}`),
      'ends at': (e) => e.expires_at,
      approver: (e) => e.approver,
      reason: (e) => e.reason,
    },
    none: 'there is none',
  })
    .option('--host <host>', 'only of this host')
    .option('--group <name>', 'only of this group')
  apiCommand(exception.command('show'), stage, ['get', '/v1/exceptions/{exceptionId}'], {
    description: 'one exception',
    examples: [`berth exception show ${EXCEPTION}`],
  })
  apiCommand(exception.command('add'), stage, ['post', '/v1/exceptions'], {
    description: 'let plans of a host or of a group use memory that is protected elsewhere',
    examples: [
      'berth exception add --kind acpi-tables --group web --policy KSP-12 --approver kernel-team --until 2026-06-01T06:00:00Z --reason "booted with acpi=off"',
    ],
    body: ({ kind, host, group, policy, approver, reason, until: expires_at }: Granting) => {
      const scope = host === undefined ? { group: group ?? '' } : { host }
      return { kind, scope, policy, approver, reason, expires_at }
    },
    columns: { id: (e) => e.id, kind: (e) => e.kind, 'ends at': (e) => e.expires_at },
  })
    .addOption(
      new Option('--kind <kind>', 'what it is').choices(['acpi-tables', 'uefi-map']).makeOptionMandatory(),
    )
    .addOption(new Option('--host <host>', 'for this host').conflicts('group'))
    .option('--group <name>', 'for all hosts of this group')
    .requiredOption('--policy <name>', 'the policy under which it is given')
    .requiredOption('--approver <who>', 'who answers for it')
    .requiredOption('--until <time>', 'when it ends', time)
    .requiredOption(...REASON)
  apiCommand(exception.command('delete'), stage, ['delete', '/v1/exceptions/{exceptionId}'], {
    description: 'take an exception back, at once',
    examples: [`berth exception delete ${EXCEPTION}`],
    done: ({ exception }: { exception: string }) => `${exception} is gone`,
  })
}
