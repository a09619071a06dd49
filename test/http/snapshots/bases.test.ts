import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { storedFiles } from '../../../src/http/snapshots/stored-snapshot.ts'
import { kindOf, packedToStay, packLikely } from '../../../src/http/snapshots/pack-snapshot.ts'
import { readSnapshot } from '../../../src/planner/index.ts'
import { openStore } from '../../../src/store/open-store.ts'
import type { NewSnapshot } from '../../../src/wire/snapshot.ts'
import { startApi, type Api } from '../api.ts'
import { loadCapture } from '../../capture.ts'
import { rawSql } from '../../store/raw-sql.ts'
import { ARM64, enroll, post, snapshotOf, X86, type EnrolledHost } from '../fixtures.ts'

let api: Api
beforeEach(async () => void (api = await startApi()))
afterEach(() => api.close())

const LOG = snapshotOf(X86).files.dmesg ?? ''
/** Nothing of it is in the captured log. */
const OTHER_LOG = [...LOG].reverse().join('')

async function kept(host: EnrolledHost, id: string) {
  const row = await api.store.snapshots.withFiles(host.id, id)
  if (!row) throw new Error(`${id} is there`)
  return row
}

/** Posts them in their order; what they are packed against, by the first letters of the alphabet. */
async function basesOf(posted: readonly [EnrolledHost, NewSnapshot][]): Promise<string> {
  const names = new Map<string | null, string>([[null, '-']])
  let all = ''
  for (const [host, snapshot] of posted) {
    const row = await kept(host, (await post(api, host, snapshot)).id)
    const files = { ...snapshot.files, 'boot-id': `${snapshot.boot_id}\n` }
    expect(await storedFiles(api.store, row)).toEqual(files)
    if (!names.has(row.basisId)) names.set(row.basisId, 'abcdefgh'[names.size - 1] ?? '?')
    all += names.get(row.basisId) ?? ''
  }
  return all
}

type Posts = (first: EnrolledHost, second: EnrolledHost) => readonly [EnrolledHost, NewSnapshot][]

const boot = (capture: string, id: string, change = {}) => snapshotOf(capture, id, change)
/** What is required, and hardly more. */
const SMALL: NewSnapshot['files'] = {
  uname: snapshotOf(X86).files.uname,
  iomem: '00001000-3fffffff : System RAM\n',
}

test.each<[why: string, posts: Posts, bases: string]>([
  ['a host boots again and again', (a) => [1, 2, 3].map((n) => [a, boot(X86, `${n}`)]), 'aaa'],
  [
    'another host of the same kind',
    (a, b) => [
      [a, boot(X86, '1')],
      [b, boot(X86, '1')],
    ],
    'aa',
  ],
  [
    'another kernel of the same host, which says much the same',
    (a) => [
      [a, boot(X86, '1')],
      [a, boot(X86, '2', { uname: 'Linux host 6.9.0 #1 SMP x86_64 GNU/Linux\n' })],
      [a, boot(X86, '3')],
    ],
    'aaa',
  ],
  [
    'two of one kind that have little in common each go by their own',
    (a, b) => [
      [a, boot(X86, '1')],
      [b, boot(X86, '1', { dmesg: OTHER_LOG })],
      [a, boot(X86, '2')],
      [b, boot(X86, '2', { dmesg: OTHER_LOG })],
    ],
    'abab',
  ],
  ['small files stand by themselves', (a) => [1, 2].map((n) => [a, { boot_id: `${n}`, files: SMALL }]), '--'],
])('%s', async (_why, posts, bases) => {
  const [first, second] = [await enroll(api), await enroll(api, { machine_id: 'second' })]
  expect(await basesOf(posts(first, second))).toBe(bases)
})

test('one that has unpacked nothing yet reads what others have packed', async () => {
  const host = await enroll(api)
  const snapshot = boot(X86, '2')
  await post(api, host, boot(X86, '1'))
  const row = await kept(host, (await post(api, host, snapshot)).id)
  vi.resetModules()
  const fresh = await import('../../../src/http/snapshots/stored-snapshot.ts')
  expect(fresh.storedFiles).not.toBe(storedFiles)
  expect((await fresh.storedFiles(api.store, row)).iomem).toBe(snapshot.files.iomem)
  const map = await api.call({
    method: 'get',
    path: `/v1/hosts/${host.id}/snapshots/${row.id}/map`,
    as: api.admin,
  })
  expect(map.status).toBe(200)
})

test('a basis goes with the last snapshot that is packed against it, and the next post makes another', async () => {
  const [first, second] = [await enroll(api), await enroll(api, { machine_id: 'second' })]
  const row = await kept(first, (await post(api, first, boot(X86, '1'))).id)
  const basis = row.basisId ?? ''
  await post(api, second, boot(X86, '1'))
  const remove = async (host: EnrolledHost) => {
    const asked = { path: `/v1/hosts/${host.id}`, as: api.admin }
    const { etag = '' } = (await api.call({ method: 'get', ...asked })).headers
    return api.call({ method: 'delete', ...asked, headers: { 'if-match': etag } })
  }
  expect((await remove(first)).status).toBe(204)
  expect(await api.store.snapshotBases.has(basis)).toBe(true)
  expect((await remove(second)).status).toBe(204)
  expect(await api.store.snapshotBases.has(basis)).toBe(false)
  // This process still has it at hand, and has to notice.
  const third = await enroll(api, { machine_id: 'third' })
  const next = await kept(third, (await post(api, third, boot(X86, '1'))).id)
  expect(next.basisId).not.toBe(basis)
  expect((await storedFiles(api.store, next)).dmesg).toBe(LOG)
})

test('the basis of a post that came to nothing is not taken for one', async () => {
  const host = await enroll(api)
  const path = `/v1/hosts/${host.id}/snapshots?plan=boot_0000000000000000000000000a`
  const refused = await api.call({ method: 'post', path, as: host.credential, body: boot(ARM64, '1') })
  expect(refused.status).not.toBe(201)
  const missing = await api.call({ method: 'post', path, as: host.credential, body: boot(X86, '1') })
  expect(missing.status).toBe(404)
  const row = await kept(host, (await post(api, host, boot(X86, '1'))).id)
  expect(await api.store.snapshotBases.has(row.basisId ?? '')).toBe(true)
  expect((await storedFiles(api.store, row)).dmesg).toBe(LOG)
})

test('a bulk of boots of one kind has one basis', async () => {
  const host = await enroll(api)
  const lines = [1, 2, 3, 4].map((n) => JSON.stringify({ host: host.id, ...boot(X86, `${n}`) }))
  const body = `${lines.join('\n')}\n`
  const headers = { 'content-type': 'application/x-ndjson' }
  await api.call({ method: 'post', path: '/v1/snapshots/bulk', as: api.admin, body, headers })
  const rows = await api.store.snapshots.list(host.id, { after: null, limit: 10 })
  const bases = await Promise.all(rows.map(async ({ id }) => (await kept(host, id)).basisId))
  expect([bases.length, new Set(bases).size, bases.includes(null)]).toEqual([4, 1, false])
})

test('a basis that is damaged keeps nobody from posting', async () => {
  const host = await enroll(api)
  const posted = boot(X86, '1')
  const before = await kept(host, (await post(api, host, posted)).id)
  await rawSql(api.databaseUrl, `UPDATE "SnapshotBasis" SET "files" = 'damaged'`)
  // One that does not have it at hand.
  const other = await openStore(api.databaseUrl)
  const read = readSnapshot(loadCapture(X86))
  if (!read.ok) throw new Error('the capture can be read')
  const files = { ...posted.files, 'boot-id': '2\n' }
  const kind = kindOf(read.value, files)
  const tried = await packLikely(other, { kind, files })
  expect(tried).toBeNull()
  const packed = await other.write((rows) =>
    packedToStay(rows, { kind, files }, { tried, before, at: new Date() }),
  )
  expect([packed.basisId === null, packed.basisId === before.basisId]).toEqual([false, false])
  await other.close()
})
