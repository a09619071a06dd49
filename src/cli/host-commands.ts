import { Option, type Command } from 'commander'
import { EXIT } from './io.ts'
import { apiCommand, listCommand, REASON } from './api-command.ts'
import { label, oneMore, time, wholeNumber } from './option-values.ts'
import { remoteCommand, type Stage } from './remote-command.ts'
import { exactSize } from './size.ts'

const BOOT_ENTRY = 'boot_01j00000000000000000000000'

/** `berth hosts` and `berth host`: who is there, and what is known of one. */
export function addHostCommands(program: Command, stage: Stage): void {
  listCommand(program.command('hosts'), stage, '/v1/hosts', {
    description: 'hosts by id, with hostname, group and state',
    examples: ['berth hosts', 'berth hosts --group web --state quarantined', 'berth hosts --label rack=b12'],
    query: ['group', 'arch', 'state', 'hostname', 'hardware_model', 'kernel_release', 'label'],
    columns: { id: (h) => h.id, hostname: (h) => h.hostname, group: (h) => h.group, state: (h) => h.state },
    none: 'no such host: `berth token create` is how one enrols',
  })
    .option('--group <name>', 'only those of this group')
    .addOption(new Option('--arch <arch>', 'only those of it').choices(['arm64', 'x86_64']))
    .addOption(new Option('--state <state>', 'only those in it').choices(['active', 'quarantined']))
    .option('--hostname <name>', 'only those that call themselves so')
    .option('--hardware-model <name>', 'only this hardware model')
    .option('--kernel-release <release>', 'only those that run it')
    .option('--label <name=value>', 'only those with it; more than once', oneMore)

  const host = program.command('host').description('one host: what it is, its timeline, its settings')
  apiCommand(host.command('show'), stage, ['get', '/v1/hosts/{hostId}'], {
    description: 'everything that is known of one host',
    examples: ['berth host show web-7', 'berth host show web-7 --output json'],
  })
  listCommand(host.command('timeline'), stage, '/v1/hosts/{hostId}/timeline', {
    description: 'what happened to a host, in order',
    examples: ['berth host timeline web-7'],
    columns: { at: (e) => e.at, what: (e) => e.kind, plan: (e) => e.plan, detail: (e) => e.detail },
    none: 'nothing has happened to it',
  })
  addHostChanges(host, stage)
  addHostReadings(host, stage)
}

interface Changes {
  readonly label?: Readonly<Record<string, string>>
  readonly group?: string | false
  readonly hardwareModel?: string
  readonly optOut?: string | false
  readonly rebootMode?: 'auto' | 'kexec' | 'cold' | 'powercycle' | false
  readonly reason?: string
  readonly until?: string
  readonly unbindCertificate?: boolean
}

function addHostChanges(host: Command, stage: Stage): void {
  apiCommand(host.command('set'), stage, ['patch', '/v1/hosts/{hostId}'], {
    description: 'labels, group, how it reboots, whether it is left alone; what is not named stays',
    examples: [
      'berth host set web-7 --group web --label rack=b12 --label row=3',
      'berth host set web-7 --opt-out "a disk is being replaced"',
      'berth host set web-7 --no-opt-out',
      'berth host set web-7 --reboot-mode cold --until 2026-06-01T06:00:00Z --reason "new firmware"',
    ],
    guard: ({ host }: { host: string }) => `host ${host}`,
    body: ({ label: labels, group, hardwareModel, optOut, rebootMode, ...given }: Changes) => ({
      labels,
      group: group === false ? null : group,
      hardware_model: hardwareModel,
      opt_out: optOut === false ? null : optOut === undefined ? undefined : { reason: optOut },
      reboot_mode:
        rebootMode === false
          ? null
          : rebootMode && {
              mode: rebootMode,
              reason: given.reason ?? '',
              expires_at: given.until ?? null,
            },
      certificate: given.unbindCertificate ? null : undefined,
    }),
  })
    .option('--label <name=value>', 'all of its labels: those that are not named are gone', label)
    .option('--group <name>', 'the group that it belongs to')
    .option('--no-group', 'it belongs to none')
    .option('--hardware-model <name>', 'what it is')
    .option('--opt-out <reason>', 'no rollout reboots it')
    .option('--no-opt-out', 'rollouts may reboot it again')
    .addOption(
      new Option('--reboot-mode <mode>', 'how it reboots').choices(['auto', 'kexec', 'cold', 'powercycle']),
    )
    .option('--no-reboot-mode', 'as reboot rules have it')
    .option('--until <time>', 'when the reboot mode ends by itself', time)
    .option('--reason <text>', 'why the reboot mode; kept in the audit')
    .option('--unbind-certificate', 'the next client certificate that comes with its credential is bound')

  apiCommand(host.command('release'), stage, ['post', '/v1/hosts/{hostId}/release'], {
    description: 'take a host out of quarantine',
    examples: ['berth host release web-7 --reason "its board was replaced"'],
    body: ({ reason }: { reason: string }) => ({ reason }),
    columns: { id: (h) => h.id, hostname: (h) => h.hostname, state: (h) => h.state },
  }).requiredOption(...REASON)
  apiCommand(host.command('delete'), stage, ['delete', '/v1/hosts/{hostId}'], {
    description: 'forget a host: its credential is worth nothing from then on',
    examples: ['berth host delete web-7'],
    guard: ({ host }: { host: string }) => `host ${host}`,
    done: ({ host }: { host: string }) => `${host} is forgotten`,
  })
}

function addHostReadings(host: Command, stage: Stage): void {
  apiCommand(host.command('room'), stage, ['get', '/v1/hosts/{hostId}/room'], {
    description: 'how much its pins may grow, and the largest hole of each boot',
    examples: ['berth host room web-7', 'berth host room web-7 --limit 10 --output yaml'],
    query: ['limit'],
  }).option('--limit <n>', 'so many boots at most', wholeNumber)

  apiCommand(host.command('placements'), stage, ['get', '/v1/hosts/{hostId}/placements'], {
    description: 'the same load by every strategy, side by side, and where they disagree',
    examples: [`berth host placements web-7 --boot-entry ${BOOT_ENTRY}`],
    exits: [[EXIT.noHole, 'no strategy has a plan']],
    query: ['boot_entry', 'purpose'],
    exit: ({ loads }) => (loads.some((load) => load.plan) ? EXIT.ok : EXIT.noHole),
  })
    .requiredOption('--boot-entry <id>', 'what it would load')
    .addOption(new Option('--purpose <purpose>', 'which kernel').choices(['reboot', 'crash']))
}

/** `berth snapshot`: what was seen of a host, boot after boot. */
export function addSnapshotCommands(program: Command, stage: Stage): void {
  const snapshot = program.command('snapshot').description('what was seen of a host, boot after boot')
  listCommand(snapshot.command('list'), stage, '/v1/hosts/{hostId}/snapshots', {
    description: 'the snapshots of a host that are kept',
    examples: ['berth snapshot list web-7'],
    columns: {
      id: (s) => s.id,
      'seen at': (s) => s.created_at,
      boot: (s) => s.boot_id,
      release: (s) => s.summary.release,
      bookable: (s) => exactSize(s.summary.bookable_bytes),
      findings: (s) => s.findings.length,
      verdict: (s) => s.landing?.verdict,
    },
    none: 'no snapshot is kept of it',
  })
  const one = '/v1/hosts/{hostId}/snapshots/{snapshotId}'
  apiCommand(snapshot.command('show'), stage, ['get', one], {
    description: 'one snapshot: what it says, what is strange in it, whether a plan landed',
    examples: ['berth snapshot show web-7 snap_01j00000000000000000000000'],
  })
  apiCommand(snapshot.command('findings'), stage, ['get', `${one}/findings`], {
    description: 'where the sources of one snapshot disagree, and what may hurt',
    examples: ['berth snapshot findings web-7 snap_01j00000000000000000000000'],
    text: ({ items }) =>
      items.map((f) => `${f.severity}: ${f.code}: ${f.sentence}\n`).join('') || 'nothing\n',
  })
  apiCommand(snapshot.command('post'), stage, ['post', '/v1/hosts/{hostId}/snapshots'], {
    description: 'hand in a capture folder as a snapshot of a host',
    examples: ['berth snapshot post web-7 captures/web-7'],
    body: async ({ dir }: { dir: string }) => (await import('./new-snapshot.ts')).newSnapshot(dir),
    columns: { id: (s) => s.id, boot: (s) => s.boot_id, verdict: (s) => s.landing?.verdict },
  }).argument('<dir>', 'capture folder')
  remoteCommand(
    snapshot.command('bulk').argument('<file>', 'NDJSON: a line a host; - for standard input'),
    stage,
    {
      description: 'hand in snapshots of many hosts, a line each; one that is refused keeps no other out',
      examples: ['berth snapshot bulk fleet.ndjson', 'collect | berth snapshot bulk - --output json'],
      start: async () => (await import('./snapshot-bulk.ts')).snapshotBulkCommand,
    },
  )
}
