// What a JSON report of vitest says: how many tests passed, then a line for each test and file that did not.
import { readFileSync } from 'node:fs'

const { numPassedTests, testResults } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const lines = testResults.flatMap(({ name, status, assertionResults }) => {
  const tests = assertionResults.filter((test) => test.status !== 'passed')
  // A file may fail without any of its tests: it cannot be imported, say.
  if (status === 'failed' && !tests.some((test) => test.status === 'failed'))
    return [...tests, { status, fullName: 'the file' }].map(said)
  return tests.map(said)

  // A test that was skipped has shown nothing.
  function said(test) {
    return `${test.status}: ${name.split('/test/').at(-1)}: ${test.fullName.replaceAll('\n', ' ')}`
  }
})
process.stdout.write([numPassedTests, ...lines].join('\n'))
