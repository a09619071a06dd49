import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from '../house/source-files.ts'
import { blocksIn } from './blocks.ts'
import { builtCheckout, type Checkout } from './checkout.ts'
import { DOCUMENTS, GUIDES, README } from './documents.ts'
import { guideWorld } from './guide-world.ts'
import { freePort, paste } from './shell.ts'

/** A build, and a whole document of commands, on a machine that is busy. */
const PATIENCE_MS = 600_000

/** Blocks that would take minutes here, and that `.ci/run` runs: what of it does. */
const RUN_BY_CI: { readonly [command: string]: string } = {
  'npm ci': "step 'install' npm ci",
  'npm test': 'npm test --',
  'npm run build': 'npm run demo |',
  'npm run demo': 'npm run demo |',
  'npm run lint': 'set_off lint npm run lint',
  'npm run typecheck': 'set_off types npm run types',
  'npm run test:browser': "step 'browser' npm run test:browser",
  'npm run test:postgresql': "tests 'tests on PostgreSQL' npm run test:postgresql",
  'npm run bench': 'vitest run --config test/bench/vitest.config.ts',
  '.ci/run': '#!/usr/bin/env bash',
}
const LISTED = /^(?:npm|\.ci\/run)\b/

const commandsOf = (text: string) =>
  text.split('\n').flatMap((line) => {
    const command = line.replace(/#.*/, '').trim()
    return command === '' ? [] : command.split(' && ')
  })
const isListed = (text: string) => commandsOf(text).every((command) => LISTED.test(command))
const shBlocks = (text: string) => blocksIn(text).filter(({ language }) => language === 'sh')

let checkout: Checkout
beforeAll(() => {
  checkout = builtCheckout()
}, PATIENCE_MS)
afterAll(() => checkout.remove())

test.each(README)('$path: each block does what it says', { timeout: PATIENCE_MS }, async ({ text }) => {
  const blocks = shBlocks(text).filter((block) => !isListed(block.text))
  expect(blocks.length).toBeGreaterThan(3)
  const port = `${await freePort()}`
  // Somebody may have a service running where README starts one.
  const elsewhere = blocks.map((block) => ({ ...block, text: block.text.replaceAll('7480', port) }))
  const environment = { BERTH_PORT: port, BERTH_MAX_EVENT_LOOP_DELAY_MS: '0' }
  const { status, printed } = await paste(elsewhere, { folder: checkout.folder, environment })
  expect(status, printed).toBe(0)
})

test.concurrent.each(GUIDES.filter(({ text }) => shBlocks(text).length > 0))(
  '$path: each block does what it says',
  { timeout: PATIENCE_MS },
  async ({ text }) => {
    const world = await guideWorld(checkout)
    try {
      const port = `${await freePort()}`
      const blocks = shBlocks(text).map((block) => ({ ...block, text: block.text.replaceAll('7443', port) }))
      const { status, printed } = await paste(blocks, world)
      expect(status, printed).toBe(0)
    } finally {
      await world.close()
    }
  },
)

test('every guide has commands', () => {
  const guides = GUIDES.filter(({ path }) => !path.endsWith('/README.md'))
  expect(guides.map(({ path }) => path)).toEqual(
    [
      'backup',
      'enrol',
      'install',
      'kdump',
      'move',
      'plan',
      'recover',
      'replicas',
      'roll-out',
      'tls',
      'upgrade',
    ].map((name) => `docs/guides/${name}.md`),
  )
  for (const { path, text } of guides) expect([path, shBlocks(text).length > 0]).toEqual([path, true])
})

test('every other block of commands is what CI runs', () => {
  const ci = readFileSync(join(ROOT, '.ci/run'), 'utf8')
  const ran = new Set([...README, ...GUIDES].map(({ path }) => path))
  const others = DOCUMENTS.flatMap(({ path, text }) =>
    shBlocks(text)
      .filter((block) => !ran.has(path) || isListed(block.text))
      .flatMap((block) =>
        commandsOf(block.text).map((command) => ({ at: `${path}:${block.line}`, command })),
      ),
  )
  expect(others.length).toBeGreaterThan(0)
  const unknown = others.filter(({ command }) => !ci.includes(RUN_BY_CI[command] ?? 'no such command'))
  expect(unknown).toEqual([])
})

test.each<[why: string, script: string, status: number]>([
  ['a command that fails', 'false\ntrue', 1],
  ['one in the middle of a pipe', 'false | cat', 1],
  ['a variable that nobody set', 'echo $NOT_SET', 1],
  ['none', 'x=1\n', 0],
])('a shell ends with %s', async (_why, text, status) => {
  const session = { folder: checkout.folder, environment: {} }
  const outcome = await paste([{ language: 'sh', line: 1, text }], session)
  expect(outcome.status).toBe(status)
})
