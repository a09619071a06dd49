import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { startServer } from '../src/server.ts'
import { freshDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.drop())

function start(environment: Record<string, string> = {}) {
  const quiet = { ...database.environment, BERTH_PORT: '0', BERTH_LOG_LEVEL: 'silent' }
  return startServer(readConfig({ ...quiet, ...environment }))
}

const keysAs = async (url: string, key: string) =>
  (await fetch(`${url}/v1/keys`, { headers: { authorization: `Bearer ${key}` } })).status

test('the first start makes an admin key, and no later one', async () => {
  const first = await start()
  const key = first.firstKey ?? ''
  expect(await keysAs(first.url, key)).toBe(200)
  await first.close()
  const second = await start()
  expect(second.firstKey).toBeNull()
  expect(await keysAs(second.url, key)).toBe(200)
  await second.close()
})

test('the key of the environment works, is not shown, and stays revoked once it was', async () => {
  const key = `berth_admin_outside_${'0123456789abcdef'.repeat(4)}`
  const first = await start({ BERTH_ADMIN_KEY: key })
  expect([first.firstKey, await keysAs(first.url, key)]).toEqual([null, 200])
  const headers = { authorization: `Bearer ${key}` }
  expect((await fetch(`${first.url}/v1/keys/key_outside`, { method: 'DELETE', headers })).status).toBe(204)
  await first.close()
  const second = await start({ BERTH_ADMIN_KEY: key })
  expect(await keysAs(second.url, key)).toBe(401)
  await second.close()
})

test('a closed service answers no more', async () => {
  const running = await start()
  expect((await fetch(`${running.url}/readyz`)).status).toBe(200)
  await running.close()
  await expect(fetch(`${running.url}/readyz`)).rejects.toThrow()
})
