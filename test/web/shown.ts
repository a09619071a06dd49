import type { Host } from '../../src/wire/host.ts'
import type { MapFacts } from '../../src/wire/map.ts'
import type { Plan, PlanState } from '../../src/wire/plan.ts'
import type { PlanBody } from '../../src/wire/plan-body.ts'
import type { Snapshot } from '../../src/wire/snapshot.ts'
import type { HostShown } from '../../src/web/host.tsx'
import type { Visit } from '../../src/web/page.tsx'

const AT = '2030-01-01T12:00:00.000Z'
const id = (prefix: string) => `${prefix}_${'0'.repeat(26)}`

export const visit: Visit = {
  who: { name: 'kernel-team', role: 'operator' },
  path: `/hosts/${id('host')}`,
  csrf: 'token',
  seen: null,
  calls: [],
  origin: 'http://127.0.0.1',
}
export const viewing: Visit = { ...visit, who: { name: 'kernel-team', role: 'viewer' } }

export const host: Host = {
  id: id('host'),
  machine_id: 'm1',
  hostname: 'node-1',
  arch: 'x86_64',
  hardware_model: 'model',
  group: 'web',
  labels: { rack: 'b12' },
  state: 'active',
  state_reason: '',
  kernel_release: '6.12.0',
  opt_out: null,
  reboot_mode: null,
  certificate: null,
  booted_plan: null,
  created_at: AT,
}

export const snapshot: Snapshot = {
  id: id('snap'),
  host: host.id,
  boot_id: 'boot-1',
  memory_digest: 'ab'.repeat(32),
  created_at: AT,
  summary: {
    arch: 'x86_64',
    release: '6.12.0',
    cmdline: 'quiet',
    page_size: 4096,
    files: ['iomem'],
    bookable_bytes: 2 ** 30,
  },
  findings: [],
  landing: null,
}

export const body: PlanBody = {
  rules: 'x86_64/6.8',
  segments: [
    {
      kind: 'kernel',
      mem: '0x40000000',
      bufsz: 0x1000,
      memsz: 0x2000,
      align: 0x1000,
      room: 0x4000,
      chosen: 'new-pin',
      because: 'no pin yet',
    },
  ],
  purpose: 'reboot',
  strategy: 'pinned',
  determinism: 'exact',
  entry: '0x40000000',
  expected: { image: '0x40000000', kernel_code: ['0x40000000'], certainty: 'exact', because: 'nokaslr' },
  over: 'free-memory',
  assumptions: [],
  warnings: [],
  inputs: {
    arch: 'x86_64',
    release: '6.12.0',
    boot_id: 'boot-1',
    memory_digest: 'ab'.repeat(32),
    page_size: 4096,
    kernel_size: 0x1000,
    kernel_header_digest: 'cd'.repeat(32),
    initrd_size: null,
    cmdline: 'quiet',
  },
}

export const plan: Plan = {
  id: id('plan'),
  host: host.id,
  snapshot: snapshot.id,
  boot_entry: id('boot'),
  created_at: AT,
  digest: 'ef'.repeat(32),
  body,
}

export const state: PlanState = {
  plan: plan.id,
  host: host.id,
  state: 'planned',
  since: AT,
  detail: '',
  boot_id: null,
  segments: null,
  landing: null,
}

export const facts: MapFacts = {
  title: 'node-1',
  arch: 'x86_64',
  release: '6.12.0',
  boot_id: 'boot-1',
  page_size: 4096,
  sentence: 'No hole for the initrd.',
  lanes: [
    {
      name: 'iomem',
      cells: [
        {
          range: { start: '0x1000', last: '0x1fff' },
          size: 0x1000,
          class: 'ram',
          label: 'System RAM',
          depth: 0,
        },
        {
          range: { start: '0x1000', last: '0x17ff' },
          size: 0x800,
          class: 'reserved',
          label: 'reserved',
          depth: 1,
        },
      ],
    },
  ],
  marks: [],
  wanted: null,
  refused: [
    {
      number: 1,
      range: { start: '0x1000', last: '0x1fff' },
      size: 0x1000,
      code: 'too-small',
      sentence: 'too small, 4 KiB short',
      short: 0x1000,
      by: null,
      between: { below: 'reserved', above: 'ACPI Tables' },
    },
  ],
  changes: ['An initrd smaller by 4096 bytes would fit.'],
  legend: [{ class: 'ram', words: 'RAM' }],
}

export const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><title>map</title></svg>'

export const shown: HostShown = {
  host,
  explanation: { host: host.id, verdict: 'wait', sentence: 'it waits', next_check: AT, gates: [] },
  pins: { host: host.id, generation: 0, items: [] },
  pinsEtag: '"tag"',
  plans: [],
  states: [],
  snapshots: [],
  timeline: [],
  entries: [],
  scale: 'ordinal',
  seen: null,
}
