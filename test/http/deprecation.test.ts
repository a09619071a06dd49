import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { deprecations, type Deprecated } from '../../src/http/deprecation.ts'

const OLD: Deprecated = { since: '2030-01-31', sunset: '2031-02-01T12:00:00Z', use: '/v1/new' }

async function appWith(deprecated: Deprecated) {
  const app = Fastify()
  deprecations(app)
  await app.register(swagger, { openapi: { openapi: '3.1.0' } })
  const config = { deprecated }
  const schema = { description: 'Old things.' }
  app.get('/old', { config, schema }, async () => 'old')
  app.get('/paged', { config }, async (_request, reply) =>
    reply.header('link', '</paged?x>; rel="next"').send('p'),
  )
  app.get('/broken', { config }, async () => {
    throw new Error('broken')
  })
  app.get('/new', async () => 'new')
  await app.ready()
  return app
}

test.each([
  ['an answer', '/old', 200],
  ['a refusal', '/broken', 500],
])('%s of a deprecated route says since when, until when, and what to use', async (_why, url, status) => {
  const app = await appWith(OLD)
  const { statusCode, headers } = await app.inject(url)
  expect(statusCode).toBe(status)
  expect(headers).toMatchObject({
    deprecation: '@1896048000',
    sunset: 'Sat, 01 Feb 2031 12:00:00 GMT',
    link: '</docs>; rel="deprecation"; type="text/html", </v1/new>; rel="successor-version"',
  })
  await app.close()
})

test('the link to the next page stays', async () => {
  const app = await appWith(OLD)
  const { headers } = await app.inject('/paged')
  expect(headers['link']).toMatch(/^<\/paged\?x>; rel="next", <\/docs>; rel="deprecation"/)
  await app.close()
})

test('the contract marks it, and nothing else', async () => {
  const app = await appWith(OLD)
  const { paths = {} } = app.swagger() as { paths?: Record<string, { get?: object }> }
  expect(paths['/old']?.get).toMatchObject({
    deprecated: true,
    description: 'Old things. Deprecated since 2030-01-31: use /v1/new. Gone after 2031-02-01T12:00:00Z.',
  })
  expect(paths['/new']?.get).not.toHaveProperty('deprecated')
  expect((await app.inject('/new')).headers).not.toHaveProperty('deprecation')
  await app.close()
})

test.each<[why: string, sunset: string, starts: boolean]>([
  ['twelve months', '2031-01-31', true],
  ['a day less', '2031-01-30', false],
  ['no date', 'some day', false],
])('%s of notice', async (_why, sunset, starts) => {
  const app = appWith({ ...OLD, sunset })
  if (starts) await (await app).close()
  else await expect(app).rejects.toThrow('12 months of notice')
})
