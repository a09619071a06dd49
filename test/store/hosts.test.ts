import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HostFilter, HostSelector, NewHost } from '../../src/store/hosts.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { freshDatabase, type TestDatabase } from '../database.ts'

const HOST: NewHost = {
  id: '',
  machineId: '',
  hostname: 'h',
  arch: 'arm64',
  hardwareModel: 'board',
  group: null,
  labels: {},
  state: 'active',
  stateReason: '',
  credentialHash: '',
  bootedPlanId: null,
  pinGeneration: 0,
  createdAt: new Date(0),
}

const FLEET: readonly Partial<NewHost>[] = [
  { id: 'a', group: 'web', labels: { rack: '1' } },
  { id: 'b', group: 'web', labels: { rack: '12' } },
  { id: 'c', group: 'db', labels: { rack: '1', note: 'a "rack":"2"' } },
  { id: 'd', arch: 'x86_64', labels: { Rack: '1' } },
  { id: 'e', hardwareModel: 'other', state: 'quarantined', labels: { rack: 'R' } },
]

describe('hosts by selector, a page at a time', () => {
  let database: TestDatabase
  let store: Store
  beforeAll(async () => {
    database = await freshDatabase()
    store = await openStore(database.url)
    for (const host of FLEET) await store.hosts.insert({ ...HOST, ...host, machineId: `${host.id}` })
  })
  afterAll(async () => {
    await store.close()
    await database.drop()
  })

  describe.each([1, 2, 5, 6])('%i at a time', (limit) => {
    test.each<[why: string, selector: HostSelector, want: string]>([
      ['every host', {}, 'abcde'],
      ['a group', { group: 'web' }, 'ab'],
      ['an architecture', { arch: 'x86_64' }, 'd'],
      ['a model and a state', { hardwareModel: 'other', state: 'quarantined' }, 'e'],
      ['a label, not one that begins so, nor one of another case', { labels: { rack: '1' } }, 'ac'],
      ['a label by its case', { labels: { rack: 'r' } }, ''],
      ['not what stands inside of a value', { labels: { rack: '2' } }, ''],
      ['two labels', { labels: { rack: '1', note: 'a "rack":"2"' } }, 'c'],
      ['ids, in their order, once each', { ids: ['e', 'a', 'e', 'z'] }, 'ae'],
      ['ids and a group', { ids: ['a', 'c', 'e'], group: 'db' }, 'c'],
      ['nobody', { group: 'nobody' }, ''],
    ])('%s', async (_why, selector, want) => {
      let found = ''
      let pages = 0
      for (let after: string | null = null; ; pages++) {
        const { hosts, next } = await store.hosts.select({ after, limit }, selector)
        expect(hosts.length).toBeLessThanOrEqual(limit)
        found += hosts.map((h) => h.id).join('')
        if (next === null) break
        after = next
      }
      expect([found, pages <= FLEET.length / limit]).toEqual([want, true])
    })

    test.each<[why: string, filter: HostFilter, want: string]>([
      ['every host', {}, 'abcde'],
      ['a label, not one of another case', { label: { name: 'rack', value: '1' } }, 'ac'],
      ['a label by its case', { label: { name: 'rack', value: 'r' } }, ''],
      [
        'a label with what a pattern would take for more',
        { label: { name: 'note', value: 'a "rack":"2"' } },
        'c',
      ],
      ['ids and a label', { ids: ['e', 'c', 'b'], label: { name: 'rack', value: '1' } }, 'c'],
    ])('listed: %s', async (_why, filter, want) => {
      for (const order of ['oldest', 'newest'] as const) {
        if (filter.ids && order === 'newest') continue
        const found: string[] = []
        for (let after: string | null = null; ;) {
          const rows = await store.hosts.list({ after, limit, order }, filter)
          found.push(...rows.slice(0, limit).map((h) => h.id))
          if (rows.length <= limit) break
          after = found.at(-1) ?? null
        }
        expect((order === 'newest' ? found.reverse() : found).join('')).toBe(want)
      }
    })
  })
})
