import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from '../../src/audit/canonical-json.ts'
import { entryHash } from '../../src/audit/entry.ts'
import { sha256 } from './chain.ts'

test.each<[why: string, value: unknown, text: string]>([
  ['names are sorted, at every depth', { b: { d: 1, c: 2 }, a: [] }, '{"a":[],"b":{"c":2,"d":1}}'],
  [
    'by UTF-16 code units, so a surrogate pair before U+FB33',
    { '\ufb33': 1, '😀': 2 },
    `{"😀":2,"\ufb33":1}`,
  ],
  ['also names that look like numbers', { 10: 1, 9: 2, a: 3 }, '{"10":1,"9":2,"a":3}'],
  ['numbers as JavaScript has them', [1e30, 4.5, 2e-3, 1e-27, -0, 1e21], '[1e+30,4.5,0.002,1e-27,0,1e+21]'],
  ['only what must be escaped is', '\u20ac$\u000f\nA\'B"\\\\"/', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'],
  ['words', [null, true, false, ''], '[null,true,false,""]'],
  [
    'a name that JavaScript has a use for',
    JSON.parse('{"__proto__": {"b": 1}, "a": 2}'),
    '{"__proto__":{"b":1},"a":2}',
  ],
])('%s', (_why, value, text) => {
  expect(canonicalJson(value)).toBe(text)
})

test('whatever order the fields were set in, the text is the same, and says the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(canonicalJson(backwards(value))).toBe(text)
    }),
  )
})

function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).reverse()
  return Object.fromEntries(fields.map(([name, of]) => [name, backwards(of)]))
}

test('the hash of an entry is over this very text, letter for letter', () => {
  const text =
    '{"action":"key.create","actor":"start","at":"2030-01-01T00:00:00.000Z","detail":{"name":"first","role":"admin"},' +
    '"id":"aud_1","prev_hash":"0000000000000000000000000000000000000000000000000000000000000000","request_id":"start",' +
    '"seq":1,"target":"key_1"}'
  const entry = {
    seq: 1,
    id: 'aud_1',
    at: '2030-01-01T00:00:00.000Z',
    actor: 'start',
    action: 'key.create',
    target: 'key_1',
    detail: { role: 'admin', name: 'first' },
    request_id: 'start',
    prev_hash: '0'.repeat(64),
  }
  expect(entryHash(entry, sha256)).toBe(createHash('sha256').update(text, 'utf8').digest('hex'))
})
