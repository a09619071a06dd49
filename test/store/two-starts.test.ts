import { expect, test } from 'vitest'
import { SERVER } from '../database.ts'
import { built, startProcess } from '../faults/own-process.ts'
import { rawDatabase } from '../faults/raw-database.ts'
import { contentsOf } from './upgrade/contents.ts'
import { migrationNames, oldPostgresql, oldSqlite } from './upgrade/old-database.ts'

const ADMIN = `berth_admin_twice_${'0123456789abcdef'.repeat(4)}`

test('two processes that start at once on an old database both serve it, and each migration is applied once', async () => {
  const engine = SERVER === undefined ? 'sqlite' : 'postgresql'
  const [first = ''] = migrationNames(engine)
  const old = await (SERVER === undefined ? oldSqlite([first], first) : oldPostgresql(SERVER, [first]))
  const build = await built()
  try {
    const before = await contentsOf(old.url)
    const environment = { ...old.environment, BERTH_ADMIN_KEY: ADMIN }
    const started = await Promise.allSettled([1, 2].map(() => startProcess(build, environment)))
    const running = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    try {
      expect(started.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))).toEqual([])
      for (const { url } of running) {
        const answer = await fetch(`${url}/v1/hosts`, { headers: { authorization: `Bearer ${ADMIN}` } })
        const { items } = (await answer.json()) as { items: { id: string }[] }
        expect(items.map(({ id }) => id).sort()).toEqual(
          (before.get('Host') ?? []).map(({ id }) => id).sort(),
        )
      }
    } finally {
      await Promise.all(running.map((one) => one.stop()))
    }
    expect(await appliedIn(old.url)).toEqual(migrationNames(engine))
  } finally {
    build.remove()
    await old.drop()
  }
})

async function appliedIn(url: string): Promise<string[]> {
  const raw = await rawDatabase(url)
  const rows = (await raw.dump()).get('_prisma_migrations') ?? []
  await raw.close()
  return rows.map((row) => (JSON.parse(row) as { migration_name: string }).migration_name).sort()
}
