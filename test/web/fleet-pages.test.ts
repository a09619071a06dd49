import { describe, expect, test } from 'vitest'
import { auditPage } from '../../src/web/audit.tsx'
import { fleetPage } from '../../src/web/fleet.tsx'
import { leasesPage } from '../../src/web/leases.tsx'
import { newRolloutPage } from '../../src/web/new-rollout.tsx'
import type { Visit } from '../../src/web/page.tsx'
import { problemPage, problemsPage } from '../../src/web/problems.tsx'
import { rolloutPage, type RolloutShown } from '../../src/web/rollout.tsx'
import { rolloutsPage } from '../../src/web/rollouts.tsx'
import { whatIfPage } from '../../src/web/what-if.tsx'
import type { Host } from '../../src/wire/host.ts'
import { NewRollout } from '../../src/wire/rollout-spec.ts'
import { PROBLEM_CODES } from '../../src/wire/problem-code.ts'
import type { Rollout, RolloutMember } from '../../src/wire/rollout.ts'
import type { WhatIfHost } from '../../src/wire/what-if.ts'

const AT = '2030-01-01T00:00:00.000Z'
const ID = '0'.repeat(26)
const HOST = `host_${ID}`

const visitOf = (role: 'viewer' | 'operator' | 'admin', path = '/rollouts'): Visit => ({
  who: { name: 'on call', role },
  ...{ path, csrf: 'token', calls: [], seen: '42', origin: 'http://berth.example' },
})

const MEMBER: RolloutMember = {
  ...{ host: HOST, hostname: 'node-1', wave: 1, domain: 'r1', state: 'landed', since: AT, because: 'landed' },
  ...{ outcome: 'landed', acknowledged: false, failures: 0, heard_at: AT, fence: 1, plan: null },
  ...{ mode: 'kexec', fallback: null },
}

const rolloutOf = (change: Partial<Rollout> = {}, name = 'a rollout'): Rollout => ({
  ...{ id: `roll_${ID}`, state: 'running', since: AT, allowed: ['pause', 'halt', 'cancel'], author: 'key_a' },
  created_at: AT,
  spec: NewRollout.parse({ name, selector: {}, boot_entry: `boot_${ID}` }),
  ...{ wave: 1, wave_since: AT, paused: null, halt: null, approvals: [], hosts: 3 },
  counts: { landed: 1, waiting: 2 },
  waves: [
    { wave: 1, hosts: 1, counts: { landed: 1 } },
    { wave: 2, hosts: 2, counts: { waiting: 2 } },
  ],
  ...change,
})

const shownOf = (change: Partial<RolloutShown> = {}): RolloutShown => ({
  rollout: rolloutOf(),
  members: [MEMBER],
  events: [],
  ...change,
})

/** Every page of the fleet, with this text wherever somebody else's words can stand. */
function everyPage(text: string): string[] {
  const host: Host = {
    ...{ id: HOST, machine_id: text, hostname: text, hardware_model: text, group: text },
    ...{ arch: 'arm64', state: 'active' },
    ...{ labels: { [text]: text }, state_reason: text, reboot_mode: null },
    ...{ opt_out: { reason: text, since: AT }, kernel_release: text, booted_plan: null, created_at: AT },
    certificate: text,
  }
  const counted = [{ value: text, hosts: 1 }]
  const fleet = {
    ...{ hosts: 1, states: [], archs: [], plans: [], groups: counted, hardware_models: counted },
    ...{ releases: counted, drift: { elsewhere: 1, load_refused: 1, no_snapshot: 1 }, opted_out: 1 },
  }
  const filter = { hostname: text, group: text, label: text, kernel_release: text, hardware_model: text }
  const member = { ...MEMBER, hostname: text, domain: text, because: text, state: 'failed' } as const
  const halt: Rollout['halt'] = { at: AT, cause: 'failures', hosts: [HOST], sentence: text }
  const rollout = rolloutOf({ halt, author: text, paused: { from: AT, by: text } }, text)
  const event = { at: AT, kind: 'fail', by: text, host: HOST, plan: null, detail: text } as const
  const pause = { scope: `group:${text}`, since: AT, until: AT, generation: 1, set_at: AT, set_by: text }
  const lease = { id: 'lease', pool: text, fence: 1, holder: text, rollout: null, since: AT, until: AT }
  const pool = { name: text, slots: 1, ttl_seconds: 60, held: 1, last_fence: 1, generation: 1, set_at: AT }
  const entry = { id: `boot_${ID}`, title: text, version: text, architecture: 'arm64' } as const
  const done = {
    ...{ seq: 1, id: 'aud', at: AT, actor: text, action: text, target: text, request_id: text },
    ...{ prev_hash: text, hash: text },
  }
  const answered: WhatIfHost = {
    ...{ host: HOST, hostname: text, group: text, snapshot: null, segments: [], moves: [], error: null },
    ...{ arch: 'arm64', verdict: 'refuses' },
    refusal: { code: 'no-hole', kind: 'initrd', because: text, short_by: 5000 },
  }
  const summary = {
    ...{ hosts: 1, no_snapshot: 0, errors: 0, worst: { host: HOST, hostname: text, short_by: 5000 } },
    ...{ not_selected: [], fits: 0, moves: 0, places: 0, refuses: 1, other_arch: 0 },
    assumptions: [{ code: 'image-by-sizes', detail: text }],
  }
  const visit = { ...visitOf('admin'), who: { name: text, role: 'admin' } as const }
  return [
    fleetPage(visit, { filter, fleet, hosts: { items: [host], next_cursor: null } }),
    rolloutsPage(visit, {
      pauses: [{ ...pause, reason: text }],
      rollouts: { items: [rollout], next_cursor: null },
    }),
    rolloutPage(visit, { rollout, members: [member], events: [event] }),
    newRolloutPage(visit, {
      ...{ fields: { name: text, windows: text, more: text }, entries: [entry], refused: [text] },
      body: JSON.stringify({ name: text }),
      preview: {
        hosts: 1,
        waves: [{ wave: 1, hosts: [{ host: HOST, hostname: text, domain: text, held: text }] }],
      },
    }),
    leasesPage(visit, {
      pool: text,
      pools: [{ ...pool, reason: text, set_by: text }],
      leases: { items: [{ ...lease, renewed_at: AT }], next_cursor: null },
    }),
    whatIfPage(visit, {
      ...{ asked: { ask: 'sizes', kernel_size: text, group: text }, entries: [entry], refused: [text] },
      answer: { hosts: [answered], left: 1, summary },
    }),
    auditPage(visit, {
      filter: { actor: text, target: text, order: 'newest' },
      entries: { items: [{ ...done, detail: { [text]: text, reason: text } }], next_cursor: null },
      head: { seq: 1, hash: text },
      faults: [text],
    }),
  ]
}

describe('pages of the fleet', () => {
  test.each([
    ['a script', '<script>alert(1)</script>'],
    ['the end of an attribute', '"><img src=x onerror=alert(1)>'],
    ['the other quote', "' onmouseover='alert(1)"],
    ['the end of a text area', '</textarea></code></title><script>alert(1)</script>'],
    ['a link that runs', 'javascript:alert(1)'],
  ])('somebody else’s words stay words: %s', (_why, text) => {
    const harmless = everyPage('harmless')
    everyPage(text).forEach((page, i) => {
      expect(page).not.toMatch(
        /<script(?! src="\/assets\/)|<img(?! src="\/assets\/)|\son\w+="|href="javascript:/i,
      )
      // The same elements, whatever the words are.
      expect(page.match(/<[a-z]/g)?.length).toBe(harmless[i]?.match(/<[a-z]/g)?.length)
    })
  })

  test('nothing stands in a page that its policy would not let through', () => {
    for (const page of everyPage('words')) {
      expect(page).not.toMatch(/\sstyle=|<style|\ssrc="(?!\/assets\/)|href="https?:/)
      expect(page.match(/<h1/g)).toHaveLength(1)
    }
  })

  test('every field has a label', () => {
    for (const page of everyPage('words')) {
      const bare = page.replaceAll(/<label[\s\S]*?<\/label>/g, '')
      expect(bare.match(/<(input|select|textarea)(?![^>]*type="hidden")/g)).toBeNull()
    }
  })
})

describe('a rollout', () => {
  test.each<[why: string, change: Partial<Rollout>, first: string | null]>([
    ['that runs can be paused at once', {}, 'Pause'],
    ['that is paused can go on', { state: 'paused', allowed: ['resume', 'halt', 'cancel'] }, 'Resume'],
    [
      'whose brake is on is let go first',
      {
        state: 'halted',
        allowed: ['pause', 'acknowledge', 'cancel'],
        halt: { at: AT, cause: 'failures', hosts: [HOST], sentence: '1 of 3 hosts failed' },
      },
      'Let the brake go',
    ],
    ['that is over takes nothing more', { state: 'done', allowed: [] }, null],
  ])('%s', (_why, change, first) => {
    const page = rolloutPage(visitOf('operator'), shownOf({ rollout: rolloutOf(change) }))
    expect(/<button class="large[^"]*">([^<]*)</.exec(page)?.[1] ?? null).toBe(first)
  })

  test('who may only look is shown everything and offered nothing', () => {
    const page = rolloutPage(visitOf('viewer'), shownOf())
    expect(page).toContain('node-1: landed')
    expect(page.match(/<form/g)).toHaveLength(1)
    expect(page).toContain('action="/sign-out"')
  })

  test('is followed from what was read on', () => {
    const page = rolloutPage(visitOf('viewer'), shownOf())
    expect(page).toContain(`data-live="/v1/events?rollout=roll_${ID}&amp;after=42"`)
  })

  test('of too many hosts says how many are not drawn', () => {
    expect(rolloutPage(visitOf('viewer'), shownOf())).toContain('2 more hosts are not drawn.')
  })

  test.each<[why: string, change: Partial<RolloutMember>, tone: string]>([
    ['through firmware where nobody wanted that', { state: 'cold-booted' }, 'warn'],
    ['through firmware where that was the way', { state: 'cold-booted', mode: 'cold' }, 'good'],
    ['lost', { state: 'missing' }, 'bad'],
  ])('a host %s has its tone', (_why, change, tone) => {
    const page = rolloutPage(visitOf('viewer'), shownOf({ members: [{ ...MEMBER, ...change }] }))
    expect(page).toContain(`<a class="cell ${tone}"`)
  })

  test('a host that is gone has a cell that leads nowhere', () => {
    const page = rolloutPage(visitOf('viewer'), shownOf({ members: [{ ...MEMBER, hostname: null }] }))
    expect(page).toContain('<span class="cell good"')
  })
})

describe('the fleet in numbers', () => {
  const fleet = {
    ...{ hosts: 3, states: [{ value: 'active', hosts: 3 }], archs: [], groups: [], hardware_models: [] },
    ...{ releases: [{ value: '6.1.0', hosts: 3 }], plans: [], opted_out: 0 },
    drift: { elsewhere: 0, load_refused: 0, no_snapshot: 0 },
  } as const
  const pageOf = (filter: object) =>
    fleetPage(visitOf('viewer', '/hosts'), {
      ...{ filter, fleet: fleet as never, hosts: { items: [], next_cursor: null } },
    })

  test('leads to the hosts that it counts, and keeps what was filtered by', () => {
    expect(pageOf({ group: 'web' })).toContain('href="/hosts?group=web&amp;kernel_release=6.1.0"')
  })

  test('a filter that is on is taken off by the same link', () => {
    const page = pageOf({ group: 'web', kernel_release: '6.1.0' })
    expect(page).toContain('<a href="/hosts?group=web" aria-current="true">6.1.0</a>')
    expect(page).toContain('<input type="hidden" name="kernel_release" value="6.1.0"/>')
  })

  test('the audit is shown to who may read it', () => {
    expect(pageOf({})).not.toContain('href="/audit"')
    expect(rolloutPage(visitOf('admin'), shownOf())).toContain('href="/audit"')
  })
})

test('every problem has a page that says what it means and what to do', () => {
  const nobody: Visit = { ...visitOf('viewer', '/problems'), who: null }
  const list = problemsPage(nobody, () => 400)
  for (const code of PROBLEM_CODES) {
    expect(list).toContain(`href="/problems/${code}"`)
    expect(problemPage(nobody, { code, status: 400 })).toMatch(/What to do<\/h2><p>.{20,}<\/p>/)
  }
})
