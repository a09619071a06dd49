// What the service is measured against: the same framework with the same safeguards, which parses the same body and does one
// raw statement. Its database is a file or a PostgreSQL of its own: BENCH_RAW_DATABASE.
import { createHash, timingSafeEqual } from 'node:crypto'
import process from 'node:process'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import { createClient } from '@libsql/client'
import Fastify from 'fastify'
import pg from 'pg'

const url = process.env['BENCH_RAW_DATABASE'] ?? ''
const run = await (url.startsWith('file:') ? sqlite() : postgresql())

await run('CREATE TABLE IF NOT EXISTS key (id TEXT PRIMARY KEY, role TEXT, hash TEXT)', [])
await run('CREATE TABLE IF NOT EXISTS snapshot (id TEXT PRIMARY KEY, host TEXT, files TEXT)', [])
await run('CREATE TABLE IF NOT EXISTS plan (id TEXT PRIMARY KEY, body TEXT)', [])

const app = Fastify({ logger: { level: 'info' }, bodyLimit: 16 * 1024 * 1024 })
await app.register(helmet)
await app.register(rateLimit, { max: 1_000_000_000, timeWindow: 60_000 })

const known = async (request) => {
  const [, , id, secret] = /^Bearer berth_(\w+)_(\w+)_(\w+)$/.exec(request.headers.authorization ?? '') ?? []
  const [key] = await run('SELECT id, role, hash FROM key WHERE id = $1', [id ?? ''])
  const shown = createHash('sha256')
    .update(secret ?? '')
    .digest()
  if (!key || !timingSafeEqual(shown, Buffer.from(key.hash, 'hex')))
    throw Object.assign(new Error('no'), { statusCode: 401 })
}

app.get('/readyz', async () => ({ ready: true }))

// What is to be read, and who may ask: put there by the bench.
app.put('/keys/:id', async ({ params, body }) => {
  await run('INSERT INTO key VALUES ($1, $2, $3)', [params.id, 'admin', body.hash])
  return {}
})
app.put('/plans/:id', async ({ params, body }) => {
  await run('INSERT INTO plan VALUES ($1, $2)', [params.id, body.text])
  return {}
})

let posted = 0
app.post('/hosts/:id/snapshots', { onRequest: known }, async ({ params, body }, reply) => {
  const id = `snap_${process.pid}_${++posted}`
  await run('INSERT INTO snapshot VALUES ($1, $2, $3)', [id, params.id, JSON.stringify(body.files)])
  return reply.code(201).send({ id, host: params.id, boot_id: body.boot_id })
})

app.get('/plans/:id', { onRequest: known }, async ({ params }, reply) => {
  const [plan] = await run('SELECT id, body FROM plan WHERE id = $1', [params.id])
  return reply.type('application/json; charset=utf-8').send(plan.body)
})

await app.listen({ host: '127.0.0.1', port: Number(process.env['BERTH_PORT']) })
process.on('SIGTERM', () => void app.close())

/** The same PRAGMAs as the service's. */
async function sqlite() {
  const client = createClient({ url })
  for (const pragma of ['journal_mode = wal', 'synchronous = 2', 'foreign_keys = 1', 'cache_size = -16000'])
    await client.execute(`PRAGMA ${pragma}`)
  return async (sql, args) => (await client.execute({ sql: sql.replaceAll(/\$\d/g, '?'), args })).rows
}

async function postgresql() {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  return async (sql, args) => (await pool.query(sql, args)).rows
}
