import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type Api } from './api.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const HALF = '\ud83d'

test.each<[why: string, method: string, path: string, body: unknown, pointer: string]>([
  ['a field', 'post', '/v1/keys', { role: 'viewer', name: 'a\0' }, '/name'],
  [
    'half of a pair, that would come back as something else',
    'post',
    '/v1/keys',
    { role: 'viewer', name: HALF },
    '/name',
  ],
  ['deep inside', 'put', '/v1/policies/fleet', { rules: {}, reason: 'a\0b' }, '/reason'],
  ['a query', 'get', '/v1/hosts?hostname=a%00', undefined, 'query/hostname'],
  ['a path', 'get', '/v1/hosts/host_%00', undefined, 'path/hostId'],
])('text that no database keeps: %s', async (_why, method, path, body, pointer) => {
  const answer = await api.call({ method, path, as: api.admin, ...(body !== undefined && { body }) })
  expect([answer.status, answer.body.errors]).toMatchObject([400, [{ pointer }]])
})

test('what looks strange and is whole is kept as it came', async () => {
  const name = 'x\u202e\ufeff\u{1f6a2}%_\\\'"'
  const made = await api.call({
    method: 'post',
    path: '/v1/keys',
    as: api.admin,
    body: { role: 'viewer', name },
  })
  expect(made.status).toBe(201)
  const { body } = await api.call({ method: 'get', path: '/v1/keys', as: api.admin })
  expect(body.items).toContainEqual(expect.objectContaining({ name }))
})
