import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const dist = fileURLToPath(new URL('../../dist/', import.meta.url))

/**
 * `npm run bench`: apart from the tests, since it asserts nothing about time.
 *
 * What a bench imports from `src/` comes from `dist/`, and is loaded by node itself: what is measured is what ships,
 * without what a test runner puts around each import.
 */
// eslint-disable-next-line no-restricted-syntax -- vitest wants it so
export default defineConfig({
  resolve: { alias: [{ find: /^(?:\.\.\/)+src\/(.+)\.ts$/, replacement: `${dist}$1.js` }] },
  test: {
    include: ['test/bench/**/*.bench.ts'],
    // For the database that those of PostgreSQL are copies of.
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 60 * 60_000,
    disableConsoleIntercept: true,
    fileParallelism: false,
    server: { deps: { external: [/\/dist\//] } },
  },
})
