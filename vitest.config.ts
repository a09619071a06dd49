import { configDefaults, defineConfig } from 'vitest/config'

/** What no database has a say in; on PostgreSQL it would only be run a second time. */
const WITHOUT_DATABASE = [
  'docs',
  'fuzz',
  'house',
  'machine',
  'picture',
  'planner',
  'rollout',
  'simulate',
  'wire',
]

const isOnPostgresql = process.env['BERTH_TEST_POSTGRESQL'] !== undefined

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      ...(isOnPostgresql ? WITHOUT_DATABASE.map((folder) => `test/${folder}/**`) : []),
    ],
    // No module holds state that another test could see, and importing the service costs more than most tests of it.
    isolate: false,
    globalSetup: ['test/global-setup.ts'],
    // Many tests read whole captures; a slow machine must not fail them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
