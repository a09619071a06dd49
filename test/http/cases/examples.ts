import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { document, startApi, type Api } from '../api.ts'
import { buildWorld, operations, requestFor, type World } from '../world.ts'

interface Shown {
  readonly requestBody?: { readonly content: Record<string, { readonly schema: { readonly $ref?: string } }> }
}

const { components } = document as unknown as {
  components: { schemas: Record<string, { examples?: unknown[] }> }
}

const examples = operations.flatMap((op) => {
  const { requestBody } = document.paths[op.template]?.[op.method] as unknown as Shown
  const name = requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1) ?? ''
  return (components.schemas[name]?.examples ?? []).map((body, i) => ({
    op,
    body,
    name: `${op.id} ${i + 1}`,
  }))
})

describe('the examples of the contract', () => {
  let api: Api
  let world: World
  beforeAll(async () => {
    api = await startApi()
    world = await buildWorld(api)
  })
  afterAll(() => api.close())

  test('there are some', () => expect(examples.length).toBeGreaterThan(5))

  test.each(examples)('$name works as it stands', async ({ op, body }) => {
    const response = await api.call({ ...requestFor(op, api, world), body })
    expect([response.status, response.text]).toEqual([expect.toBeOneOf([200, 201]), expect.any(String)])
  })
})
