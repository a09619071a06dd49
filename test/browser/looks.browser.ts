import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../http/api.ts'
import { createPlan, createRollout } from '../http/fixtures.ts'
import { voices } from '../http/rolling.ts'
import { openChromium, openTab, signIn, type Watched } from './chromium.ts'
import { fleetOf, reboot } from './fleet.ts'

/** Where the pictures of the pages go, for somebody to look at. */
const FOLDER = process.env['BERTH_SCREENSHOTS'] ?? 'screenshots'
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What is asked of a page that has another look, and the same elements: all rules take axe seconds a page. */
const OF_LOOKS = ['color-contrast', 'link-in-text-block', 'scrollable-region-focusable', 'target-size']

const LOOKS: readonly (readonly [
  name: string,
  look: BrowserContextOptions,
  rules: readonly string[] | null,
])[] = [
  ['light', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }, null],
  ['dark', { colorScheme: 'dark', viewport: { width: 1280, height: 800 } }, OF_LOOKS],
  ['narrow', { colorScheme: 'light', viewport: { width: 360, height: 740 } }, OF_LOOKS],
]

const NOBODY = `host_${'0'.repeat(26)}`

describe.each(LOOKS)('every page, %s', (look, options, rules) => {
  let api: Api
  let browser: Browser
  let tab: Watched
  let paths: Record<string, string>
  beforeAll(async () => {
    await mkdir(FOLDER, { recursive: true })
    api = await startApi()
    paths = await pagesOf(api)
    browser = await openChromium()
    // Axe is put into the page by this test: the policy, which the walk holds the pages to, would keep it out.
    tab = await openTab(browser, { origin: api.url, bypassCSP: true, ...options })
    await signIn(tab.page, api.admin)
  })
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  test('is drawn, fits, and is for everybody', async () => {
    const { page } = tab
    const found: string[] = []
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(path)
      await page.screenshot({ path: join(FOLDER, `${name}.${look}.png`), fullPage: true })
      const wide = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      )
      if (wide !== 0) found.push(`${name}: scrolls sideways by ${String(wide)} px`)
      await page.addScriptTag({ path: AXE })
      const only = rules === null ? '' : JSON.stringify({ runOnly: rules })
      const { violations } = (await page.evaluate(`axe.run(${only})`)) as { violations: Violation[] }
      for (const { id, nodes } of violations) {
        found.push(`${name}: ${id} at ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
      }
    }
    expect(found).toEqual([])
    expect(Object.keys(paths).length).toBeGreaterThan(12)
    expect(tab.faults).toEqual([])
  })
})

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly target: readonly string[] }[]
}

/** Every page there is, each with something on it. */
async function pagesOf(api: Api): Promise<Record<string, string>> {
  const { web, arm, entry, tooLarge } = await fleetOf(api)
  const [first] = web
  if (!first) throw new Error('a fleet has hosts')
  const plan = await createPlan(api, first, { boot_entry: entry, assign: true })
  await reboot(api, first)
  const spec = { selector: { group: 'web' }, boot_entry: entry, name: 'new kernel', soak_seconds: 0 }
  const rollout = await createRollout(
    api,
    { ...spec, waves: [{ count: 1 }], failure_domain: { label: 'rack', per_domain: 1 } },
    true,
  )
  const { ask, say, tell, get } = voices(api)
  for (const host of web) {
    const given = await ask(host)
    if (given.status === 204) continue
    await say(host, given.body.plan.id, 'failed', 'the kernel refused the load')
    break
  }
  const paused = await createRollout(api, { ...spec, name: 'paused' }, true)
  await tell(paused, 'pause')
  const { items } = await get(`/hosts/${arm.id}/snapshots`)
  const [one, two] = items as { id: string }[]
  return {
    hosts: '/hosts',
    'hosts-none': '/hosts?hostname=nobody',
    host: `/hosts/${first.id}`,
    'host-arm64': `/hosts/${arm.id}`,
    'host-linear': `/hosts/${arm.id}?scale=linear`,
    'try-refused': `/hosts/${first.id}/try?boot_entry=${tooLarge}`,
    try: `/hosts/${first.id}/try?boot_entry=${entry}`,
    snapshot: `/hosts/${arm.id}/snapshots/${two?.id}`,
    diff: `/hosts/${arm.id}/diff?from=${one?.id}&to=${two?.id}`,
    plan: `/plans/${plan}`,
    rollouts: '/rollouts',
    'rollout-new': '/rollouts/new',
    'rollout-halted': `/rollouts/${rollout}`,
    'rollout-paused': `/rollouts/${paused}`,
    leases: '/leases',
    'what-if': '/what-if',
    'what-if-asked': `/what-if?ask=entry&boot_entry=${tooLarge}`,
    audit: '/audit',
    problems: '/problems',
    problem: '/problems/no-hole',
    'not-there': `/hosts/${NOBODY}`,
  }
}
