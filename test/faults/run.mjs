// npm run test:faults -- [KIND …] [--seed N] [--per-endpoint N] [--kills N] [--replicas N] [--processes N] [--minutes N]
// Without a kind, and without a length: all of them, as short as in `npm test`, and one table.
// A kind is a file beside this one, KIND.test.ts: whoever adds one adds it to the command.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { binaries } from '../postgresql-server.mjs'
import { faultsIn, KINDS, printTable, talliesIn } from './table.mjs'

/** Of these several processes can run at once, each with seeds and a database of its own. */
const SHARED = ['hostile']
/** These run on SQLite alone: vitest.config.ts says why. */
const ON_SQLITE = ['protocol', 'statements']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'per-endpoint': { type: 'string' },
    seed: { type: 'string', default: '1' },
    processes: { type: 'string', default: '1' },
    replicas: { type: 'string', default: '3' },
    kills: { type: 'string' },
    minutes: { type: 'string' },
  },
})
const unknown = positionals.filter((kind) => !KINDS.includes(kind))
if (unknown.length > 0) fail(`there is no kind ${unknown.join(', ')}; there are ${KINDS.join(', ')}`)
for (const [name, value] of Object.entries(values)) {
  if (!/^[1-9]\d{0,8}$/.test(value)) fail(`--${name} takes a number, not ${value}`)
}
const isLong = positionals.length > 0 || values['per-endpoint'] !== undefined || values.kills !== undefined
const perEndpoint = Number(values['per-endpoint'] ?? (isLong ? 200 : 10))
const kills = values.kills ?? (isLong ? '30' : '1')
const processes = Number(values.processes)
const until = Date.now() + Number(values.minutes ?? 0) * 60_000

const dir = mkdtempSync(join(tmpdir(), 'berth-faults-'))
const tallies = join(dir, 'tallies')
const isOnPostgresql = process.env['BERTH_TEST_POSTGRESQL'] !== undefined
const isThere = (kind) =>
  isOnPostgresql ? !ON_SQLITE.includes(kind) : kind !== 'replicas' || binaries() !== null
// Who names a kind is told what it lacks.
const kinds = positionals.length > 0 ? positionals : KINDS.filter(isThere)
let failed = 0
let seed = Number(values.seed)
do {
  for (const kind of kinds) {
    const parts = SHARED.includes(kind) ? processes : 1
    const each = Math.ceil(perEndpoint / parts)
    const runs = Array.from({ length: parts }, (_, part) => run(kind, seed + part, each))
    failed += (await Promise.all(runs)).filter((code) => code !== 0).length
  }
  seed += processes
} while (Date.now() < until)
const all = talliesIn(tallies)
printTable(all)
const left = positionals.length === 0 ? KINDS.filter((kind) => !kinds.includes(kind)) : []
for (const kind of left)
  process.stdout.write(`\n${kind}: left out, it wants ${isOnPostgresql ? 'SQLite' : "PostgreSQL's server"}\n`)
const faults = faultsIn(all, kinds)
for (const one of faults) process.stderr.write(`${one}\n`)
rmSync(dir, { recursive: true })
process.exit(failed === 0 && faults.length === 0 ? 0 : 1)

function run(kind, seed, each) {
  const env = {
    ...process.env,
    FAULTS_TALLY: tallies,
    FAULTS_ASKED: isLong ? 'long' : 'short',
    FAULTS_SEED: String(seed),
    FAULTS_PER_ENDPOINT: String(each),
    FAULTS_REPLICAS: values.replicas,
    FAULTS_KILLS: kills,
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

function fail(why) {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}
