import { expect, test } from 'vitest'
import { acceptedForm, type Form } from '../../src/http/accepted-form.ts'

const ALL = ['json', 'text', 'svg'] as const

test.each<[why: string, accept: string | undefined, forms: readonly Form[], want: Form]>([
  ['nobody says anything', undefined, ALL, 'json'],
  ["curl's own", '*/*', ALL, 'json'],
  ['text alone', 'text/plain', ALL, 'text'],
  ['a picture alone', 'image/svg+xml', ALL, 'svg'],
  ['in capitals, with a parameter', 'Text/Plain; charset=utf-8', ALL, 'text'],
  ['as dear as JSON', 'text/plain, application/json', ALL, 'json'],
  ['dearer than JSON', 'application/json;q=0.5, text/plain', ALL, 'text'],
  ['less dear than JSON', 'application/json, text/plain;q=0.9', ALL, 'json'],
  ['the first of two as dear', 'image/svg+xml, text/plain', ALL, 'svg'],
  ['not wanted at all', 'text/plain;q=0', ALL, 'json'],
  ['nonsense for a weight', 'text/plain;q=x', ALL, 'json'],
  ['a form that there is not', 'image/svg+xml, text/plain;q=0.5', ['json', 'text'], 'text'],
  ['what nobody has', 'image/png', ALL, 'json'],
])('%s', (_why, accept, forms, want) => {
  expect(acceptedForm(accept, forms)).toBe(want)
})
