import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    // Many tests read whole captures; a slow machine must not fail them.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
