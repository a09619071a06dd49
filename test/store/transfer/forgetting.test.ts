import { expect, test } from 'vitest'
import { forgetting } from '../../../src/store/transfer/forgetting.ts'

test.each([
  ['that is done', async () => 1],
  ['that has failed', async () => Promise.reject(new Error('no'))],
])('of a statement %s nobody keeps the values, and whoever asked still has them', async (_why, outcome) => {
  const seen: { args: unknown[]; then: unknown[] }[] = []
  const executeRaw = (query: { args: readonly unknown[] }) => {
    seen.push({ args: query.args as unknown[], then: [...query.args] })
    return outcome()
  }
  const adapter = forgetting({ startTransaction: async () => ({ executeRaw }) })
  const query = { sql: 'INSERT', args: ['large', 'larger'] }
  await (await adapter.startTransaction()).executeRaw(query).catch(() => {})
  expect(seen).toEqual([{ args: [], then: ['large', 'larger'] }])
  expect(query.args).toEqual(['large', 'larger'])
})
