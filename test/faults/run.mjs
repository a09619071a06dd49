// The long runs: npm run test:faults -- [KIND …] [--seed N] [--per-endpoint N] [--processes N] [--replicas N] [--kills N]
// A kind is a file beside this one, KIND.test.ts: whoever adds one adds it to the command.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const FOLDER = new URL('.', import.meta.url)
const KINDS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => name.slice(0, -'.test.ts'.length))
/** Of these several processes can run at once, each with seeds and a database of its own. */
const SHARED = ['hostile']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'per-endpoint': { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    processes: { type: 'string', default: '1' },
    replicas: { type: 'string', default: '3' },
    kills: { type: 'string', default: '30' },
  },
})
const unknown = positionals.filter((kind) => !KINDS.includes(kind))
if (unknown.length > 0) fail(`there is no kind ${unknown.join(', ')}; there are ${KINDS.join(', ')}`)
for (const [name, value] of Object.entries(values)) {
  if (!/^[1-9]\d{0,8}$/.test(value)) fail(`--${name} takes a number, not ${value}`)
}
const perEndpoint = Number(values['per-endpoint'])
const processes = Number(values.processes)

const dir = mkdtempSync(join(tmpdir(), 'berth-faults-'))
const tallies = join(dir, 'tallies')
let failed = 0
for (const kind of positionals.length > 0 ? positionals : KINDS) {
  const parts = SHARED.includes(kind) ? processes : 1
  const each = Math.ceil(perEndpoint / parts)
  const runs = Array.from({ length: parts }, (_, part) => run(kind, Number(values.seed) + part, each))
  failed += (await Promise.all(runs)).filter((code) => code !== 0).length
}
print(
  existsSync(tallies)
    ? readFileSync(tallies, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [],
)
rmSync(dir, { recursive: true })
process.exit(failed === 0 ? 0 : 1)

function run(kind, seed, each) {
  const env = {
    ...process.env,
    FAULTS_TALLY: tallies,
    FAULTS_SEED: String(seed),
    FAULTS_PER_ENDPOINT: String(each),
    FAULTS_REPLICAS: values.replicas,
    FAULTS_KILLS: values.kills,
  }
  const file = `test/faults/${kind}.test.ts`
  const child = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', file, '--disable-console-intercept'],
    {
      stdio: 'inherit',
      env,
    },
  )
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
}

function print(all) {
  const columns = ['kills', 'faults', 'requests', 'acknowledged', 'lost', 'doubleGrants', 'wrong']
  const titles = [
    'kills',
    'faults injected',
    'requests',
    'acknowledged writes',
    'lost',
    'double grants',
    'wrong answers',
  ]
  const total = Object.fromEntries(
    columns.map((name) => [name, all.reduce((sum, one) => sum + one[name], 0)]),
  )
  const rows = [...all.map((one) => [`${one.kind}, seed ${one.seed}`, one]), ['all', total]]
  const line = (first, cells) =>
    process.stdout.write(
      `${first.padEnd(22)}${cells.map((cell, i) => String(cell).padStart(titles[i].length + 2)).join('')}\n`,
    )
  line('', titles)
  for (const [name, one] of rows)
    line(
      name,
      columns.map((column) => one[column]),
    )
  for (const { kind, seconds, remarks } of all) {
    process.stdout.write(
      `\n${kind}: ${seconds.toFixed(0)} s\n${remarks.map((remark) => `  ${remark}\n`).join('')}`,
    )
  }
}

function fail(why) {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}
