import { configDefaults, defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { testsWithDatabase } from './test/house/tests-with-database.ts'

/**
 * What goes by no database though it has one: guides are written for SQLite, and `statements` puts itself before SQLite,
 * where on PostgreSQL it is whole replicas that fail; what `protocol` sends mostly reaches none, `round-trips` counts what is the
 * same on both, which entries the audit gets (`audited`) is decided above both, as is what `listener`, `rate-limits` and `fuzz` look at,
 * and `succession` is of files.
 */
const ON_SQLITE_ONLY = [
  'test/docs/**',
  'test/house/**',
  'test/faults/protocol.test.ts',
  'test/faults/statements.test.ts',
  'test/http/audited.test.ts',
  'test/fuzz/**',
  'test/http/listener/**',
  'test/http/rate-limits.test.ts',
  'test/http/round-trips.test.ts',
  'test/succession.test.ts',
]

const isOnPostgresql = process.env['BERTH_TEST_POSTGRESQL'] !== undefined

/** What takes longest. A core that begins one of them last goes on alone. */
const LONGEST = [
  'http/contract.test.ts',
  'agent/killed.test.ts',
  'docs/commands.test.ts',
  'fleet/run.test.ts',
  'faults/replicas.test.ts',
  'http/concurrent-plans.test.ts',
  'cli/demo.test.ts',
  'faults/hostile.test.ts',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}`))
      return at < 0 ? LONGEST.length : at
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    // What no database has a say in would only be run a second time.
    include: isOnPostgresql ? testsWithDatabase() : ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(isOnPostgresql ? ON_SQLITE_ONLY : [])],
    // No module holds state that another test could see, and importing the service costs more than most tests of it.
    isolate: false,
    // Vitest leaves one core to others otherwise, of two.
    maxWorkers: '100%',
    // Most of what a test makes is soon of no use: with more room for that, less of it is moved around.
    execArgv: ['--max-semi-space-size=64'],
    sequence: { sequencer: LongestFirst },
    globalSetup: ['test/global-setup.ts'],
    // Many tests read whole captures; a slow machine must not fail them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
