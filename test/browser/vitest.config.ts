import { defineConfig } from 'vitest/config'

/** `npm run test:browser`: apart from the tests, since it takes a Chromium that npm does not install. */
// eslint-disable-next-line no-restricted-syntax -- vitest wants it so
export default defineConfig({
  test: {
    include: ['test/browser/**/*.browser.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 5 * 60_000,
    hookTimeout: 5 * 60_000,
    disableConsoleIntercept: true,
  },
})
