import { describe, expect, test } from 'vitest'
import { diffPage } from '../../src/web/diff.tsx'
import { hostPage, type HostShown } from '../../src/web/host.tsx'
import type { Visit } from '../../src/web/page.tsx'
import { planPage } from '../../src/web/plan.tsx'
import { snapshotPage } from '../../src/web/snapshot.tsx'
import { tryPage } from '../../src/web/try.tsx'
import type { PinDriftList } from '../../src/wire/diff.ts'
import { PLAN_STATES } from '../../src/wire/plan-state.ts'
import { body, facts, host, plan, shown, snapshot, state, SVG, viewing, visit } from './shown.ts'

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title></svg><script>alert(1)</script>',
  '<svg/onload=alert(1)>',
  'javascript:alert(1)',
]

const DRIFT: PinDriftList = {
  host: host.id,
  snapshot: snapshot.id,
  boots: 0,
  items: [
    {
      purpose: 'reboot',
      kind: 'kernel',
      mem: '0x40000000',
      verdict: 'broken',
      sentence: 'Broken by ACPI.',
      by: null,
    },
  ],
}

const EVENT = {
  id: 'ev',
  at: state.since,
  kind: 'plan-planned',
  detail: 'by hand',
  plan: plan.id,
  snapshot: null,
}

/** Fields that hold what a machine, or somebody, has said. */
const TEXTS = [
  ...[
    'hostname',
    'hardware_model',
    'group',
    'rack',
    'state_reason',
    'reason',
    'sentence',
    'detail',
    'because',
  ],
  ...[
    'boot_id',
    'release',
    'cmdline',
    'title',
    'version',
    'label',
    'words',
    'below',
    'above',
    'name',
    'code',
  ],
  ...['policy', 'approver', 'evidence', 'check', 'expected', 'found', 'before', 'after', 'set_by'],
]

/** Every page, with all that it can show. */
function everyPage(visit: Visit, change: (text: string) => string): string[] {
  const full = JSON.parse(
    JSON.stringify({
      ...shown,
      host: { ...host, state: 'quarantined', opt_out: { reason: 'disk', since: EVENT.at } },
      explanation: {
        ...shown.explanation,
        gates: [
          {
            gate: 'window',
            id: 'w',
            rollout: null,
            verdict: 'wait',
            since: null,
            sentence: 'not yet',
            next_check: null,
          },
        ],
      },
      pins: {
        host: host.id,
        generation: 1,
        items: [
          {
            purpose: 'reboot',
            kind: 'kernel',
            mem: '0x40000000',
            room: 4096,
            reason: 'why',
            set_at: EVENT.at,
            set_by: 'x',
            loose: true,
          },
        ],
      },
      plans: [plan],
      states: [state],
      snapshots: [snapshot, { ...snapshot, id: `snap_${'1'.repeat(26)}` }],
      timeline: [EVENT],
      entries: [{ id: plan.boot_entry, title: 'Debian', version: '6.12' }],
      seen: {
        newest: {
          ...snapshot,
          findings: [{ code: 'c', severity: 'error', ranges: [], sentence: 'They differ.' }],
        },
        map: '',
        strip: '',
        drift: DRIFT,
      },
      // What makes the page work is no text of anybody.
      pinsEtag: '"tag"',
      scale: 'ordinal',
    }),
    (key, value: unknown) =>
      typeof value === 'string' && TEXTS.includes(key) ? change(value) : (value as unknown),
  ) as HostShown
  const spoilt = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value), (key, inner: unknown) =>
      typeof inner === 'string' && TEXTS.includes(key) ? change(inner) : (inner as unknown),
    ) as T
  const trial = { host: full.host, entries: full.entries, scale: 'ordinal', svg: SVG } as const
  const tried = { boot_entry: plan.boot_entry, purpose: 'reboot', strategy: 'pinned' } as const
  const placement = { host: host.id, snapshot: snapshot.id, boot_entry: plan.boot_entry }
  const failure = { code: 'no-hole', detail: change('no hole') }
  return [
    hostPage(visit, { ...full, seen: full.seen && { ...full.seen, map: SVG, strip: SVG } }),
    tryPage(visit, {
      ...trial,
      tried,
      placement: { ...placement, plan: spoilt(body), failure: null, facts: spoilt(facts) },
    }),
    tryPage(visit, {
      ...trial,
      tried,
      placement: { ...placement, plan: null, failure, facts: spoilt(facts) },
    }),
    planPage(visit, {
      plan: spoilt({
        ...plan,
        body: {
          ...body,
          assumptions: [{ code: 'a', detail: 'b' }],
          warnings: [{ code: 'a', detail: 'b' }],
          exceptions: [
            {
              kind: 'acpi-tables',
              policy: 'p',
              approver: 'a',
              reason: 'r',
              evidence: 'e',
              expires_at: EVENT.at,
              ranges: [],
            },
          ],
        },
      }),
      hostname: full.host.hostname,
      state: spoilt({
        ...state,
        landing: {
          verdict: 'landed',
          certainty: 'exact',
          kernel_code: null,
          evidence: [{ check: 'c', expected: 'e', found: 'f', holds: true }],
        },
      }),
      events: spoilt([EVENT]),
      svg: SVG,
      scale: 'ordinal',
    }),
    snapshotPage(visit, {
      host: full.host,
      snapshot: spoilt(snapshot),
      facts: spoilt(facts),
      svg: SVG,
      scale: 'ordinal',
    }),
    diffPage(visit, {
      host: full.host,
      diff: spoilt({
        sentence: 'It changed.',
        hardware_changed: true,
        release: { before: '1', after: '2' },
        cmdline: { before: 'a', after: 'b' },
        boot_id: null,
        bookable: { gained: [], gained_bytes: 0, lost: [], lost_bytes: 0 },
        changes: [
          {
            lane: 'iomem',
            change: 'added',
            before: null,
            after: { name: 'n', range: { start: '0x0', last: '0xfff' } },
          },
        ],
        host: host.id,
        from: snapshot.id,
        to: snapshot.id,
      }),
      drift: spoilt(DRIFT),
      snapshots: spoilt([snapshot]),
      svg: SVG,
      scale: 'ordinal',
    }),
  ]
}

describe('pages of hosts, plans and snapshots', () => {
  test.each(HOSTILE)('%s is text wherever somebody else has written it', (text) => {
    for (const html of everyPage(visit, () => text)) {
      expect(html).not.toContain('<script>alert')
      expect(html).not.toContain('<img src=x')
      expect(html).not.toContain('<svg/onload')
      // What stands between double quotes is one value.
      expect(html.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/<[^>]*onmouseover/)
      expect(html).not.toContain('href="javascript:')
    }
  })

  test.each(everyPage(visit, (text) => text).map((html, i) => [i, html]))(
    'page %i has one h1, headings in order, labels, and nothing that the policy would stop',
    (_i, html) => {
      const levels = [...html.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level))
      expect(levels.filter((level) => level === 1)).toHaveLength(1)
      levels.forEach((level, i) => expect(level).toBeLessThanOrEqual((levels[i - 1] ?? 0) + 1))
      expect(html).not.toMatch(/ style=| on[a-z]+="|<style|<script(?! src="\/assets\/)/)
      const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
      expect(new Set(ids).size).toBe(ids.length)
      for (const [, attributes = ''] of html.matchAll(/<div class="scroll[^"]*"([^>]*)>/g)) {
        expect(attributes).toMatch(/tabindex="0"/)
        expect(attributes).toMatch(/aria-label="/)
      }
      for (const [, attributes = ''] of html.matchAll(/<th( [^>]*)?>/g))
        expect(attributes).toContain('scope=')
      for (const [form] of html.matchAll(/<form[^>]*method="post"[\s\S]*?<\/form>/g)) {
        expect(form).toContain('name="_csrf" value="token"')
      }
    },
  )

  test('who may only look sees no form that changes anything, but may try', () => {
    const pages = everyPage(viewing, (text) => text)
    for (const html of pages) {
      expect([...html.matchAll(/<form[^>]*method="post"[^>]*action="([^"]*)"/g)].map(([, to]) => to)).toEqual(
        ['/sign-out'],
      )
    }
    expect(pages[0]).toContain(`action="/hosts/${host.id}/try"`)
  })

  test.each([
    ['posted nothing', {}, 'It has not posted a snapshot yet'],
    ['no pins', {}, 'No pins: the next pinned plan makes them.'],
    ['no plan', {}, 'No plan yet.'],
    ['no boot entry', {}, 'There is no boot entry for this architecture yet.'],
    ['nothing happened', {}, 'Nothing has happened yet.'],
    [
      'a plan under way',
      { states: [{ ...state, state: 'loaded' as const, detail: 'soon' }] },
      'A plan is under way',
    ],
    [
      'left alone',
      { host: { ...host, opt_out: { reason: 'a disk', since: state.since } } },
      'Let rollouts reboot it again',
    ],
    [
      'quarantined',
      { host: { ...host, state: 'quarantined' as const, state_reason: 'a twin' } },
      'Release from quarantine',
    ],
  ])('a host: %s', (_why, change, words) => {
    expect(hostPage(visit, { ...shown, ...change })).toContain(words)
  })

  test.each(PLAN_STATES)('a plan that is %s stands there on its ladder', (name) => {
    const html = planPage(visit, {
      plan,
      hostname: 'node-1',
      state: { ...state, state: name },
      events: [],
      svg: SVG,
      scale: 'ordinal',
    })
    expect(html).toMatch(new RegExp(`<li class="taken" aria-current="step"><b>${name}</b>`))
    expect(html.includes('Hand it to the agent')).toBe(name === 'planned')
  })

  test.each([
    ['a crash kernel', { ...body, purpose: 'crash' as const }],
    ['what kexec-tools would do', { ...body, strategy: 'kexec_tools' as const }],
  ])('%s is not handed out', (_why, other) => {
    const given = {
      plan: { ...plan, body: other },
      hostname: 'n',
      state,
      events: [],
      svg: SVG,
      scale: 'ordinal' as const,
    }
    expect(planPage(visit, given)).not.toContain('Hand it to the agent')
  })

  test('a reboot through firmware has no segments and no picture', () => {
    const firmware = {
      purpose: 'reboot',
      strategy: 'firmware',
      mode: 'cold',
      expected: { release: null, cmdline: 'quiet' },
      inputs: { arch: 'x86_64', release: '6.12.0', boot_id: null },
    } as const
    const given = { hostname: 'n', state, events: [], svg: SVG, scale: 'ordinal' as const }
    const html = planPage(visit, { ...given, plan: { ...plan, body: firmware } })
    expect(html).toContain('places nothing')
    expect(html).not.toContain('class="scroll picture"')
  })

  test('of two lines at one address only the first can be linked to', () => {
    const html = snapshotPage(visit, { host, snapshot, facts, svg: SVG, scale: 'ordinal' })
    expect([...html.matchAll(/id="a-1000"/g)]).toHaveLength(1)
    expect(html).toContain('href="#a-1000"')
  })

  test('the other scale keeps what else the address says', () => {
    const asked = { ...visit, path: '/hosts/x/try?boot_entry=b&scale=linear' }
    const html = snapshotPage(asked, { host, snapshot, facts, svg: SVG, scale: 'linear' })
    expect(html).toContain('href="/hosts/x/try?boot_entry=b&amp;scale=ordinal"')
    expect(html).toMatch(/scale=linear" aria-current="true"/)
  })
})
