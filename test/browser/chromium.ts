import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** It asks nobody for anything by itself. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The system's Chromium. Errors: throws where there is none. */
export function openChromium(): Promise<Browser> {
  const executablePath = process.env['BERTH_CHROMIUM'] ?? PLACES.find((place) => existsSync(place))
  if (executablePath === undefined) throw new Error(`no Chromium: looked at ${PLACES.join(', ')}`)
  return chromium.launch({ executablePath, args: QUIET })
}

/** A tab, and all that it did that no page of ours may do. */
export interface Watched {
  readonly page: Page
  /** Requests that left the origin, and what the policy or the script complained of. */
  readonly faults: readonly string[]
}

/** Opens a tab for one origin. */
export async function openTab(
  browser: Browser,
  { origin, ...options }: BrowserContextOptions & { readonly origin: string },
): Promise<Watched> {
  const context = await browser.newContext({ baseURL: origin, ...options })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) faults.push(`asked ${url}`)
  })
  page.on('console', (said) => {
    // A page that answers 4xx on purpose is told as an error of the console too.
    if (said.type() === 'error' && !/the server responded with a status of 4/.test(said.text())) {
      faults.push(`console: ${said.text()}`)
    }
  })
  page.on('pageerror', (error) => void faults.push(`script: ${error.message}`))
  return { page, faults }
}

export async function signIn(page: Page, key: string): Promise<void> {
  await page.goto('/sign-in')
  await page.getByLabel('Key').fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL('**/hosts')
}
