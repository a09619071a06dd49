#!/usr/bin/env node
// Stand-in for Prisma's native schema-engine: the same JSON-RPC protocol over stdio,
// served by @prisma/schema-engine-wasm through a JS driver adapter.
import { readFile } from 'node:fs/promises'
import readline from 'node:readline'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'

const args = process.argv.slice(2)
if (args.includes('--version')) {
  console.log('schema-engine-wasm 7.10.0-4.0edf323efd1d98336f3f0a68684b56f689b900d3')
  process.exit(0)
}
const flag = (n) => args.flatMap((a, i) => (a === n ? [args[i + 1]] : []))
const datasource = JSON.parse(flag('--datasource').at(-1) ?? '{}')

async function loadEngine() {
  const bg = await import('@prisma/schema-engine-wasm/schema_engine_bg')
  const dir = new URL('.', import.meta.resolve('@prisma/schema-engine-wasm'))
  const wasmUrl = new URL('schema_engine_bg.wasm', dir)
  const { instance } = await WebAssembly.instantiate(await readFile(wasmUrl), { './schema_engine_bg.js': bg })
  bg.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return bg.SchemaEngine
}

async function adapterFor(url) {
  if (/^(postgres|postgresql):/.test(url)) {
    const { PrismaPg } = await import('@prisma/adapter-pg')
    // Discrete fields: a connectionString would override the shadow database's name (adapter-pg 7.10.0).
    const u = new URL(url)
    const options = {
      host: u.searchParams.get('host') ?? u.hostname,
      port: Number(u.port || 5432),
      user: decodeURIComponent(u.username),
      password: decodeURIComponent(u.password),
      database: decodeURIComponent(u.pathname.slice(1)),
    }
    const factory = new PrismaPg(options)
    // PrismaPg's own shadow database is dropped while its pool still holds it; close first, then drop.
    factory.connectToShadowDb = async () => {
      const main = await factory.connect()
      const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`
      await main.executeScript(`CREATE DATABASE "${database}"`)
      const shadow = await new PrismaPg({ ...options, database }).connect()
      const close = shadow.dispose.bind(shadow)
      shadow.dispose = async () => {
        await close()
        await main.executeScript(`DROP DATABASE "${database}" WITH (FORCE)`)
        await main.dispose()
      }
      return shadow
    }
    return fixed(factory)
  }
  const { PrismaLibSql } = await import('@prisma/adapter-libsql')
  return fixed(new PrismaLibSql({ url, timeout: 5000 }))
}

// adapter-pg 7.10.0 cannot read PostgreSQL's internal "char" type (OID 18), which the catalogue queries return.
function charAsText(adapter) {
  const io = adapter.performIO
  if (adapter.provider === 'postgres' && io) {
    adapter.performIO = async (q) => {
      const r = await io.call(adapter, q)
      for (const f of r.fields ?? []) if (f.dataTypeID === 18) f.dataTypeID = 25
      return r
    }
  }
  return adapter
}

function fixed(factory) {
  const remap = (o) =>
    new Proxy(o, {
      get(t, k) {
        const v = t[k]
        if (typeof v !== 'function') return v
        if (k === 'getConnectionInfo') return v.bind(t)
        return async (...a) => {
          try {
            // The wasm engine sends whole scripts through executeRaw; SQLite drivers run only the first statement.
            if ((k === 'executeRaw' || k === 'queryRaw') && process.env.SHIM_TRACE)
              process.stderr.write(`${k}: ${a[0].sql}\n`)
            if (k === 'executeRaw' && a[0].args.length === 0 && t.executeScript && /;\s*\S/.test(a[0].sql)) {
              await t.executeScript(a[0].sql)
              return 0
            }
            const r = await v.apply(t, a)
            return k === 'connect' || k === 'connectToShadowDb' || k === 'startTransaction'
              ? remap(charAsText(r))
              : r
          } catch (e) {
            // An empty history instead of "no such table", which the wasm engine turns into P1014.
            const m = /no such table: _prisma_migrations/.test(e?.cause?.originalMessage ?? '')
            if (m && k === 'queryRaw')
              return { columnNames: MIGRATION_COLUMNS, columnTypes: MIGRATION_COLUMNS.map(() => 7), rows: [] }
            throw e
          }
        }
      },
    })
  return remap(factory)
}

const MIGRATION_COLUMNS = [
  'id',
  'checksum',
  'finished_at',
  'migration_name',
  'logs',
  'rolled_back_at',
  'started_at',
  'applied_steps_count',
]

const respond = (msg) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...msg }) + '\n')

async function makeEngine() {
  const SchemaEngine = await loadEngine()
  const datamodels = await Promise.all(flag('--datamodels').map(async (f) => [f, await readFile(f, 'utf8')]))
  const factory = bindMigrationAwareSqlAdapterFactory(await adapterFor(datasource.url ?? 'file::memory:'))
  const engine = await SchemaEngine.new(
    { datamodels: datamodels.length ? datamodels : undefined },
    (log) => process.env.DEBUG && process.stderr.write(log + '\n'),
    factory,
  )
  return { engine, factory }
}

if (args.includes('cli')) {
  // `schema-engine cli --datasource {...} can-connect-to-database|create-database|drop-database`
  const { adapter } = { adapter: await adapterFor(datasource.url) }
  try {
    const c = await adapter.connect()
    await c.queryRaw({ sql: 'SELECT 1', args: [], argTypes: [] })
    await c.dispose()
    process.exit(0)
  } catch (e) {
    const line = {
      level: 'ERROR',
      target: 'schema_engine::logger',
      fields: {
        message: String(e.message ?? e),
        error_code: e?.cause?.kind === 'DatabaseDoesNotExist' ? 'P1003' : 'P1001',
      },
    }
    process.stderr.write(
      '{"level":"INFO","fields":{"message":"Starting schema engine CLI"},"target":"schema_engine"}\n' +
        JSON.stringify(line),
    )
    process.exit(1)
  }
}

let enginePromise
const rl = readline.createInterface({ input: process.stdin, crlfDelay: Infinity })
let queue = Promise.resolve()
let printId = 0
rl.on('line', (line) => {
  const req = JSON.parse(line)
  if (!req.method) return
  queue = queue.then(async () => {
    try {
      enginePromise ??= makeEngine()
      const { engine } = await enginePromise
      const method = req.method === 'getDatabaseVersion' ? 'version' : req.method
      if (method === 'createDatabase') return respond({ id: req.id, result: { databaseName: '' } })
      const p = req.params
      const result = (await engine[method](p)) ?? null
      if (method === 'diff' && result?.stdout && (p.script || true)) {
        respond({ id: `p${++printId}`, method: 'print', params: { content: result.stdout } })
      }
      respond({ id: req.id, result })
    } catch (e) {
      let data = { is_panic: false, message: e?.message ?? String(e) }
      if (e?.code) data.error_code = e.code
      if (process.env.DEBUG) process.stderr.write('shim error ' + (e?.stack ?? e) + JSON.stringify(e) + '\n')
      respond({
        id: req.id,
        error: { code: 4466, message: 'An error happened. Check the data field for details.', data },
      })
    }
  })
})
rl.on('close', () => queue.then(() => process.exit(0)))
