import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readBootedFile } from '../../src/cli/booted-file.ts'
import { range } from '../../src/planner/index.ts'
import { scratchFolder } from './scratch.ts'

const SEGMENT = { kind: 'kernel', mem: '0x1000', memsz: 4096 }
const LAST = '0x1ffffffffff000'

function planFile(content: unknown): string {
  const path = join(scratchFolder(), 'plan.json')
  writeFileSync(path, JSON.stringify(content))
  return path
}

test.each<[why: string, content: unknown, want: object]>([
  ['a plan', { segments: [SEGMENT] }, [range(0x1000, 0x1fff)]],
  ["the service's answer", { id: 'plan_1', body: { segments: [SEGMENT] } }, [range(0x1000, 0x1fff)]],
  ['to the last byte', { segments: [{ mem: LAST, memsz: 4096 }] }, [range(Number(LAST), 2 ** 53 - 1)]],
])('%s', (_why, content, want) => {
  expect(readBootedFile(planFile(content))).toEqual({ ok: true, value: want })
})

test.each<[why: string, content: unknown, found: string]>([
  ['no plan', { body: null }, '{"body":null}'],
  ['nothing', null, 'null'],
  ['a segment that is null', { segments: [SEGMENT, null] }, 'segment 1: null'],
  ['an address as a number', { segments: [{ mem: 4096, memsz: 1 }] }, 'segment 0: {"mem":4096,"memsz":1}'],
  ['no bytes', { segments: [{ mem: '0x0', memsz: 0 }] }, 'segment 0: {"mem":"0x0","memsz":0}'],
  ['one byte more', { segments: [{ mem: LAST, memsz: 4097 }] }, `segment 0: {"mem":"${LAST}","memsz":4097}`],
])('refuses %s', (_why, content, found) => {
  expect(readBootedFile(planFile(content))).toMatchObject({ ok: false, error: { code: 'bad-plan', found } })
})
