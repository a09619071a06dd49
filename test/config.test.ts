import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'

test('an empty environment is a service on this machine alone', () => {
  expect(readConfig({})).toMatchObject({ host: '127.0.0.1', port: 7480, adminKey: null, trustProxy: false })
})

test.each<[why: string, name: string, value: string]>([
  ['no number', 'BERTH_PORT', 'x'],
  ['beyond the last port', 'BERTH_PORT', '65536'],
  ['another engine', 'BERTH_DATABASE_URL', 'mysql://x'],
  ['a key of another form', 'BERTH_ADMIN_KEY', 'secret'],
  ['no such level', 'BERTH_LOG_LEVEL', 'loud'],
  ['no budget at all', 'BERTH_RATE_LIMIT', '0'],
  ['no proxies', 'BERTH_TRUST_PROXY', '0'],
  ['a word', 'BERTH_TRUST_PROXY', 'yes'],
])('%s is refused by name', (_why, name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(name)
})

test.each<[given: string, hops: number | false]>([
  ['false', false],
  ['true', 1],
  ['2', 2],
])('BERTH_TRUST_PROXY=%s', (given, hops) => {
  expect(readConfig({ BERTH_TRUST_PROXY: given }).trustProxy).toBe(hops)
})

test('what is empty is not given', () => {
  expect(readConfig({ BERTH_PORT: '' }).port).toBe(7480)
})
