import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../http/api.ts'
import { openChromium, openTab, signIn, type Watched } from './chromium.ts'
import { fleetOf, reboot, type Fleet } from './fleet.ts'

/** One operator's way through the pages, each step from what the step before left on the screen. */
describe.each([
  ['with script', true],
  ['without script', false],
])('an operator %s', (_why, javaScriptEnabled) => {
  let api: Api
  let browser: Browser
  let fleet: Fleet
  let tab: Watched
  beforeAll(async () => {
    api = await startApi()
    fleet = await fleetOf(api)
    browser = await openChromium()
    tab = await openTab(browser, { origin: api.url, javaScriptEnabled })
  })
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  test('signs in', async () => {
    await signIn(tab.page, api.admin)
    expect(await tab.page.getByRole('heading', { level: 1 }).textContent()).toBe('Hosts')
  })

  test('finds a host', async () => {
    const { page } = tab
    await page.getByLabel('Hostname').fill('edge-1')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByRole('link', { name: 'edge-1' }).click()
    await page.waitForURL(`**/hosts/${fleet.arm.id}`)
    expect(await page.getByRole('img').count()).toBeGreaterThan(0)
  })

  test('compares two of its boots', async () => {
    const { page } = tab
    await page.getByRole('link', { name: 'with the one before' }).first().click()
    await page.waitForURL(`**/hosts/${fleet.arm.id}/diff**`)
    expect(await page.locator('main svg').count()).toBeGreaterThan(0)
  })

  test('reads why a placement is refused', async () => {
    const { page } = tab
    await page.goto(`/hosts/${fleet.web[0]?.id}`)
    await page.getByLabel('Boot entry').first().selectOption(fleet.tooLarge)
    await page
      .getByRole('button', { name: /try|where/i })
      .first()
      .click()
    await page.waitForURL('**/try?**')
    const said = (await page.locator('main').textContent()) ?? ''
    expect(said).toMatch(/No hole for the initrd/)
    expect(said).toMatch(/too small/)
  })

  test('starts a rollout', async () => {
    const { page } = tab
    await page.goto('/rollouts')
    await page.getByRole('link', { name: 'New rollout' }).click()
    await page.getByLabel('Name').fill('new kernel')
    await page.getByLabel('Boot entry').selectOption(fleet.entry)
    await page.getByLabel('Group').fill('web')
    await page.getByLabel('Waves, then the rest').fill('1')
    await page.getByLabel('Minutes between waves').fill('0')
    await page.getByRole('button', { name: 'Show the order' }).click()
    expect(await page.getByRole('region', { name: 'The order' }).getByRole('row').count()).toBe(5)
    await page.getByRole('button', { name: 'Make the draft' }).click()
    await page.waitForURL('**/rollouts/roll_*')
    await commanded(/Hand it in/, 'as planned')
    expect(await page.locator('main').textContent()).toContain('running')
  })

  test('pauses it: nobody is let go', async () => {
    await commanded(/^Pause$/, 'lunch')
    expect(await tab.page.getByRole('status').textContent()).toContain('Paused by')
    for (const host of fleet.web) expect(await reboot(api, host)).toBe(false)
  })

  test('lets it go on, and sees the first host land', async () => {
    const { page } = tab
    await commanded(/^Resume$/, 'back again')
    let landed = 0
    for (const host of fleet.web) if (await reboot(api, host)) landed += 1
    expect(landed).toBeGreaterThan(0)
    // With script the page shows it by itself.
    if (!javaScriptEnabled) await page.reload()
    await page.getByText('landed', { exact: false }).first().waitFor()
  })

  test('nothing left the origin, and the policy held', () => {
    expect(tab.faults).toEqual([])
  })

  async function commanded(button: RegExp, reason: string): Promise<void> {
    const form = tab.page.locator('main form').filter({ has: tab.page.getByRole('button', { name: button }) })
    await form.getByLabel('Reason').fill(reason)
    await form.getByRole('button', { name: button }).click()
    await tab.page.waitForLoadState()
  }
})
