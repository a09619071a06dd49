// Whether anything that is installed with Berth has a known vulnerability: npm run audit
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const SEVERITIES = ['info', 'low', 'moderate', 'high', 'critical']
/** From here on it is a failure. */
const LEAST = 'high'

/**
 * What `npm audit --json` has said: `clean`, `vulnerable` with a line for each package, or `unanswered` where the registry has no
 * answer to that question, as a mirror may have none.
 *
 * Errors: throws on what is neither.
 */
export function verdictOf(printed) {
  let said
  try {
    said = JSON.parse(printed)
  } catch {
    throw new Error(`npm audit printed no JSON: ${printed.slice(0, 200)}`)
  }
  if (said.auditReportVersion === undefined) {
    const why = said.message ?? said.error?.summary
    if (typeof why !== 'string' || why === '')
      throw new Error(`npm audit said neither: ${printed.slice(0, 200)}`)
    return { kind: 'unanswered', why }
  }
  const { vulnerabilities, metadata } = said
  if (said.auditReportVersion !== 2 || typeof vulnerabilities !== 'object' || !metadata?.dependencies)
    throw new Error('npm audit has another report than version 2')
  const found = Object.values(vulnerabilities)
  const unknown = found.find(({ severity }) => !SEVERITIES.includes(severity))
  if (unknown) throw new Error(`npm audit knows a severity ${unknown.severity}`)
  const lines = found.map(({ name, severity, range }) => `${severity}: ${name} ${range}`)
  const bad = found.filter(({ severity }) => SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(LEAST))
  return { kind: bad.length > 0 ? 'vulnerable' : 'clean', lines, looked: metadata.dependencies.total }
}

/** What is printed of it, and what the command leaves with. Not to be answered is no failure, and is said plainly. */
export function told(verdict) {
  if (verdict.kind === 'unanswered')
    return { text: `NOT CHECKED: the registry does not answer for vulnerabilities (${verdict.why})`, code: 0 }
  const { kind, lines, looked } = verdict
  const outcome = kind === 'vulnerable' ? `at least one is ${LEAST}` : `none is ${LEAST} or worse`
  const text = [
    ...lines,
    `${looked} dependencies were looked at, ${lines.length} are named: ${outcome}`,
  ].join('\n')
  return { text, code: kind === 'vulnerable' ? 1 : 0 }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const cwd = fileURLToPath(new URL('../', import.meta.url))
  const ran = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  if (ran.error) throw ran.error
  const { text, code } = told(verdictOf(ran.stdout))
  console.log(text)
  process.exitCode = code
}
