// node test/faults/table.mjs FILE: the table of a run of the tests that kept its tallies in FILE (FAULTS_TALLY); fails where
// something in it is not 0 that has to be, or a kind is missing.
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** The kinds of faults there are. */
export const KINDS = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => name.slice(0, -'.test.ts'.length))

const COLUMNS = [
  ['kills', 'kills'],
  ['faults', 'faults injected'],
  ['requests', 'requests'],
  ['acknowledged', 'acknowledged writes'],
  ['lost', 'lost (0)'],
  ['doubleGrants', 'double grants (0)'],
  ['wrong', 'wrong answers (0)'],
]
const NOUGHT = ['lost', 'doubleGrants', 'wrong']

export function talliesIn(file) {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line)).sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))
}

/** What is not 0 and has to be, and which of these kinds have no tally. */
export function faultsIn(all, kinds) {
  const missing = kinds.filter((kind) => !all.some((one) => one.kind === kind))
  const wrong = all.flatMap((one) =>
    NOUGHT.filter((name) => one[name] !== 0).map((name) => `${nameOf(one)}: ${name} is ${one[name]}`),
  )
  return [...missing.map((kind) => `${kind} came to no tally`), ...wrong]
}

export function printTable(all) {
  const total = Object.fromEntries(
    COLUMNS.map(([name]) => [name, all.reduce((sum, one) => sum + one[name], 0)]),
  )
  const rows = [...all.map((one) => [nameOf(one), one]), ['all', total]]
  const width = Math.max(...rows.map(([name]) => name.length), 'kind'.length)
  const line = (first, cells) => {
    const numbers = cells.map((cell, i) => ` | ${String(cell).padStart(COLUMNS[i][1].length)}`)
    process.stdout.write(`${first.padEnd(width)}${numbers.join('')}\n`)
  }
  line(
    'kind',
    COLUMNS.map(([, title]) => title),
  )
  for (const [name, one] of rows)
    line(
      name,
      COLUMNS.map(([column]) => one[column]),
    )
  for (const one of all) {
    process.stdout.write(
      `\n${nameOf(one)}: ${one.seconds.toFixed(0)} s\n${one.remarks.map((remark) => `  ${remark}\n`).join('')}`,
    )
  }
}

function nameOf({ kind, seed, engine }) {
  return `${kind}, ${engine}, seed ${seed}`
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const all = talliesIn(process.argv[2] ?? '')
  printTable(all)
  const faults = faultsIn(all, KINDS)
  for (const one of faults) process.stderr.write(`${one}\n`)
  process.exit(faults.length === 0 ? 0 : 1)
}
