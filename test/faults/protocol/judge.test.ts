import { expect, test } from 'vitest'
import { cutFaults, leftFaults, orderFaults, refusedFaults, type Due } from './judge.ts'
import { settled } from './ledger.ts'
import { heardIn } from './talk.ts'

/** Each judgement is shown something sound, and then what it is for. */
const DUE: readonly Due[] = ['a', 'b', 'c'].map((id) => ({ id, statuses: [200] }))

function answer(status: number, id: string, body = '{}', ...headers: string[]): string {
  const lines = [
    `x-request-id: ${id}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    ...headers,
  ]
  return `HTTP/1.1 ${status} x\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

function refusal(status: number, change: object = {}, ...headers: string[]): string {
  const body = JSON.stringify({ status, code: 'malformed-request', ...change })
  const type = 'content-type: application/problem+json'
  return answer(status, 'new', body, 'connection: close', ...headers).replace(
    'content-type: application/json',
    type,
  )
}

const [A, B, C] = DUE.map(({ id }) => answer(200, id)) as [string, string, string]
const hear = (text: string) => heardIn(Buffer.from(text), true)

test.each<[why: string, text: string, finds: RegExp | null]>([
  ['all in order', A + B + C, null],
  ['two in the wrong order', B + A + C, /a has the answer to b/],
  ['one is missing', A + C, /c has no answer/],
  ['one came twice', A + B + B + C, /1 answers too many/],
  ['the last is torn', A + B + C.slice(0, -1), /200 is torn/],
  ['another status', A + B + refusal(400).replace('new', 'c'), /c is answered 400/],
  ['bytes behind them', `${A}${B}${C}hello`, /no answer: hello/],
  ['an error of the service', A + B + answer(500, 'c'), /answers 500/],
  ['a refusal before its turn', A + refusal(400) + B + C, /b has the answer to new/],
])('in order: %s', (_why, text, finds) => {
  expect(orderFaults(DUE, hear(text)).join('\n')).toMatch(finds ?? /^$/)
})

test.each<[why: string, text: string, finds: RegExp | null]>([
  ['behind all answers', A + B + C + refusal(400), null],
  ['before one of them', A + B + refusal(400) + C, /c has the answer to new/],
  ['none', A + B + C, /is not refused/],
  ['served', A + B + C + answer(200, 'smuggled'), /is answered 200/],
  [
    'and what stands behind it is served',
    A + B + C + refusal(400) + answer(201, 'smuggled'),
    /1 answers behind/,
  ],
  ['the connection goes on', A + B + C + refusal(400).replace('connection: close', 'x: y'), /goes on/],
  ['as no problem', A + B + C + refusal(400).replace('problem+json', 'html'), /400 as application.html/],
  ['as a problem of another status', A + B + C + refusal(400, { status: 401 }), /is no problem/],
  ['and tells of the inside', A + B + C + refusal(400, { detail: 'at node_modules' }), /tells of its inside/],
  ['unavailable, and not when to come again', A + B + C + refusal(503), /answers 503/],
])('refused: %s', (_why, text, finds) => {
  expect(refusedFaults(DUE, hear(text)).join('\n')).toMatch(finds ?? /^$/)
})

test.each<[why: string, found: string[], finds: RegExp | null]>([
  ['who left heard the beginning', leftFaults(DUE, hear(A + B)), null],
  ['who left heard a part', leftFaults(DUE, hear(A + B.slice(0, -1))), /200 is torn/],
  ['who cut off hears nothing', cutFaults(hear('')), null],
  ['who cut off hears that it was nothing', cutFaults(hear(refusal(400))), null],
  ['who cut off is served', cutFaults(hear(A)), /is answered 200/],
])('%s', (_why, found, finds) => {
  expect(found.join('\n')).toMatch(finds ?? /^$/)
})

test.each<[why: string, stored: string[], lost: string[], wrong: RegExp | null]>([
  ['what was acknowledged', ['a'], [], null],
  ['and what may be', ['a', 'p'], [], null],
  ['it is gone', [], ['a'], null],
  ['it is there twice', ['a', 'a'], [], /a is stored 2 times/],
  ['something of which nobody knows', ['a', 'smuggled'], [], /smuggled is stored/],
])('stored: %s', (_why, stored, lost, wrong) => {
  const found = settled({ acknowledged: new Set(['a']), possible: new Set(['p']) }, stored)
  expect(found.lost).toEqual(lost)
  expect(found.wrong.join('\n')).toMatch(wrong ?? /^$/)
})
