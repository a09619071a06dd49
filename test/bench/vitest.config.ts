import { defineConfig } from 'vitest/config'

/** `npm run bench`: apart from the tests, since it asserts nothing about time. */
// eslint-disable-next-line no-restricted-syntax -- vitest wants it so
export default defineConfig({
  test: {
    include: ['test/bench/**/*.bench.ts'],
    testTimeout: 30 * 60_000,
    disableConsoleIntercept: true,
  },
})
