import type { Command } from 'commander'
import { apiCommand, listCommand, REASON } from './api-command.ts'
import { positive } from './option-values.ts'
import type { Stage } from './remote-command.ts'

/** `berth lease` and `berth lease-pool`: who holds a place to reboot, and how many there are. */
export function addLeaseCommands(program: Command, stage: Stage): void {
  const lease = program.command('lease').description('who holds a place to reboot, and until when')
  listCommand(lease.command('list'), stage, '/v1/leases', {
    description: 'leases that are held now',
    examples: ['berth lease list', 'berth lease list --pool fleet', 'berth lease list --host web-7'],
    query: ['pool', 'holder', 'host'],
    columns: {
      id: (l) => l.id,
      pool: (l) => l.pool,
      holder: (l) => l.holder,
      fence: (l) => l.fence,
      since: (l) => l.since,
      until: (l) => l.until,
      rollout: (l) => l.rollout,
    },
    none: 'nobody holds one',
  })
    .option('--pool <name>', 'only of this pool')
    .option('--holder <who>', 'only of this one')
    .option('--host <host>', 'only of this host')
  apiCommand(lease.command('release'), stage, ['post', '/v1/leases/{leaseId}/release'], {
    description: 'take a lease from whoever holds it; its fence is worth nothing from then on',
    examples: ['berth lease release lease_01j00000000000000000000000 --reason "the host is dead"'],
    body: ({ reason }: { reason: string }) => ({ reason }),
    columns: { id: (l) => l.id, pool: (l) => l.pool, holder: (l) => l.holder, fence: (l) => l.fence },
  }).requiredOption(...REASON)
  addPoolCommands(program.command('lease-pool').description('how many may reboot at a time'), stage)
}

function addPoolCommands(pool: Command, stage: Stage): void {
  listCommand(pool.command('list'), stage, '/v1/lease-pools', {
    description: 'every pool, and how much of it is held',
    examples: ['berth lease-pool list'],
    columns: {
      name: (p) => p.name,
      held: (p) => `${p.held} of ${p.slots}`,
      'term in s': (p) => p.ttl_seconds,
      'set by': (p) => p.set_by,
      reason: (p) => p.reason,
    },
    none: 'there is none',
  })
  apiCommand(pool.command('show'), stage, ['get', '/v1/lease-pools/{pool}'], {
    description: 'one pool',
    examples: ['berth lease-pool show fleet'],
  })
  apiCommand(pool.command('set'), stage, ['put', '/v1/lease-pools/{pool}'], {
    description: 'how many leases a pool has, and their term; a pool that is not there is made',
    examples: ['berth lease-pool set fleet --slots 5 --ttl-seconds 3600 --reason "one rack at a time"'],
    guard: ({ pool }: { pool: string }) => `pool ${pool}`,
    body: ({ slots, ttlSeconds, reason }: { slots: number; ttlSeconds: number; reason: string }) => {
      return { slots, ttl_seconds: ttlSeconds, reason }
    },
    columns: { name: (p) => p.name, slots: (p) => p.slots, 'term in s': (p) => p.ttl_seconds },
  })
    .requiredOption('--slots <n>', 'so many may reboot at a time', positive)
    .requiredOption('--ttl-seconds <n>', 'how long a lease is good', positive)
    .requiredOption(...REASON)
}

/** `berth group fleetlock`: reboot coordinators that speak FleetLock take leases of a group. */
export function addFleetlockCommands(group: Command, stage: Stage): void {
  const fleetlock = group.command('fleetlock').description('FleetLock for a group: leases for other agents')
  const path = '/v1/groups/{group}/fleetlock'
  apiCommand(fleetlock.command('show'), stage, ['get', path], {
    description: 'whether a group answers FleetLock, and how many may reboot at a time',
    examples: ['berth group fleetlock show web'],
  })
  apiCommand(fleetlock.command('set'), stage, ['put', path], {
    description: 'let a group answer FleetLock; the base URL for its clients is shown when it is new',
    examples: [
      'berth group fleetlock set web --slots 2 --ttl-seconds 3600 --reason "hosts with Zincati"',
      'berth group fleetlock set web --slots 2 --ttl-seconds 3600 --rotate --reason "the URL has leaked"',
    ],
    guard: ({ group }: { group: string }) => `FleetLock of group ${group}`,
    body: (given: { slots: number; ttlSeconds: number; off?: boolean; rotate?: boolean; reason: string }) => {
      const { slots, ttlSeconds: ttl_seconds, off = false, rotate, reason } = given
      return { slots, ttl_seconds, enabled: !off, rotate, reason }
    },
  })
    .requiredOption('--slots <n>', 'so many may reboot at a time', positive)
    .requiredOption('--ttl-seconds <n>', 'how long a lease is good', positive)
    .option('--off', 'answer nobody, and keep the rest')
    .option('--rotate', 'another base URL: the old one is worth nothing from then on')
    .requiredOption(...REASON)
  apiCommand(fleetlock.command('forget'), stage, ['delete', path], {
    description: 'forget that a group answered FleetLock',
    examples: ['berth group fleetlock forget web --reason "all hosts have an agent"'],
    guard: ({ group }: { group: string }) => `FleetLock of group ${group}`,
    query: ['reason'],
    done: ({ group }: { group: string }) => `group ${group} answers FleetLock no more`,
  }).requiredOption(...REASON)
}
