import { defineConfig } from 'prisma/config'

// The CLI wants a native engine from a download host; this one serves the same protocol from the npm package.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= new URL('./prisma/schema-engine.mjs', import.meta.url).pathname

const url = process.env['BERTH_DATABASE_URL'] ?? 'file:./berth.db'
const engine = /^postgres(ql)?:/.test(url) ? 'postgresql' : 'sqlite'

export default defineConfig({
  schema: `prisma/${engine}`,
  migrations: { path: `prisma/${engine}/migrations` },
  datasource: { url },
})
