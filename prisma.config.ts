import { defineConfig } from 'prisma/config'

// The CLI wants a native engine from a download host; this one serves the same protocol from the npm package.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= new URL('./prisma/schema-engine.mjs', import.meta.url).pathname

export default defineConfig({
  schema: 'prisma/sqlite',
  migrations: { path: 'prisma/sqlite/migrations' },
  datasource: { url: process.env['BERTH_DATABASE_URL'] ?? 'file:./berth.db' },
})
