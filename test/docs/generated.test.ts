import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { format } from 'prettier'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { statusOf } from '../../src/http/problems.ts'
import { PROBLEM_TEXTS } from '../../src/web/problem-texts.ts'
import { PROBLEM_CODES } from '../../src/wire/problem-code.ts'
import { ROOT, sourceFiles } from '../house/source-files.ts'
import { startApi, type Api } from '../http/api.ts'
import { scrape } from '../http/exposition.ts'
import { cliPage } from './cli-page.ts'

/** `npm run docs:write` rewrites these pages, and the diff is reviewed. */
const page = (name: string) => join(ROOT, 'docs/reference', name)
const STYLE = JSON.parse(readFileSync(join(ROOT, '.prettierrc.json'), 'utf8')) as object
const tidy = (markdown: string) => format(markdown, { ...STYLE, parser: 'markdown' })

const BY_SCRIPT = 'This page is written by `npm run docs:write`; a test fails when it is not up to date.'

const table = (titles: readonly string[], rows: readonly (readonly string[])[]) => {
  const line = (cells: readonly string[]) => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(titles), line(titles.map(() => '-')), ...rows.map(line)].join('\n')
}

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

test('docs/reference/cli.md', async () => {
  await expect(await tidy(await cliPage(BY_SCRIPT))).toMatchFileSnapshot(page('cli.md'))
})

test('docs/reference/problems.md', async () => {
  const entries = PROBLEM_CODES.map((code) => {
    const { means, todo } = PROBLEM_TEXTS[code]
    return `## ${code}\n\nStatus ${statusOf(code)}. ${means}\n\n_What to do:_ ${todo}`
  })
  const text = `# Problems

What is not an answer is a problem (RFC 9457, \`application/problem+json\`). Its \`type\` leads to a page of the service,
\`/problems/<code>\`, which says the same as this one; its \`code\` is one of these words. Pages are read without a key.

${BY_SCRIPT}

${entries.join('\n\n')}
`
  await expect(await tidy(text)).toMatchFileSnapshot(page('problems.md'))
})

test('docs/reference/metrics.md', async () => {
  // A pool is told of once somebody has made it.
  const body = { slots: 2, ttl_seconds: 600, reason: 'test' }
  await api.call({ method: 'put', path: '/v1/lease-pools/default', as: api.admin, body })
  const families = [...(await scrape(api))].sort(([a], [b]) => (a < b ? -1 : 1))
  // Which of its own the runtime has is up to Node's release.
  const ours = families.filter(([name]) => name.startsWith('berth_'))
  const rows = ours.map(([name, { type, help, samples }]) => {
    const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)))
    labels.delete('le')
    return [`\`${name}\``, type, [...labels].map((label) => `\`${label}\``).join(', '), help]
  })
  const text = `# Metrics

\`GET /metrics\` answers in the text format of Prometheus, to a viewer's key. How to scrape it is in
[deploy/prometheus/scrape.yaml](../../deploy/prometheus/scrape.yaml), alert rules are in
[alerts.yaml](../../deploy/prometheus/alerts.yaml), a dashboard is in [deploy/grafana/berth.json](../../deploy/grafana/berth.json).
No label names a host. What is about hosts, plans, rollouts and leases is counted in the database when it is asked for; what is about
requests, by this process since its start.
Beside these there is what Node tells of itself, as \`process_\` and \`nodejs_\`.

${BY_SCRIPT}

${table(['metric', 'type', 'labels', 'what it is'], rows)}
`
  await expect(await tidy(text)).toMatchFileSnapshot(page('metrics.md'))
})

/** Those that a hook of the agent is given, and not somebody who starts anything. */
const OF_HOOKS = [
  'BERTH_BOOT_ID',
  'BERTH_BOOT_TITLE',
  'BERTH_HOST',
  'BERTH_KERNEL_RELEASE',
  'BERTH_PLAN',
  'BERTH_REBOOT_MODE',
  'BERTH_STAGE',
]

test('docs/reference/config.md has every variable, and its default', () => {
  const used = new Set(
    sourceFiles('src', ['.ts', '.tsx']).flatMap(({ text }) => text.match(/\bBERTH_[A-Z_]+[A-Z]\b/g) ?? []),
  )
  const [service = '', command = '', hooks = ''] = readFileSync(page('config.md'), 'utf8').split(/^## .*$/m)
  const rowsOf = (text: string) =>
    [...text.matchAll(/^\| `(BERTH_[A-Z_]+)`\s*\| (?:`([^`]*)`)?/gm)].map(([, name = '', given]) => ({
      name,
      given,
    }))
  const rows = rowsOf(service)
  const named = [service, command, hooks].flatMap(rowsOf).map(({ name }) => name)
  expect([...new Set(named)].sort()).toEqual([...used].sort())
  expect(
    rowsOf(hooks)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(OF_HOOKS)
  const defaults = rows.filter(({ given }) => given !== undefined)
  expect(defaults.length).toBeGreaterThan(5)
  for (const { name, given = '' } of defaults) {
    expect([name, readConfig({ [name]: given })]).toEqual([name, readConfig({})])
  }
})
