import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLog } from '../../src/agent/durable-log.ts'
import { fileJournal, memoryJournal, type JournalEntry } from '../../src/agent/index.ts'
import { scratchFolder } from '../cli/scratch.ts'

const entry = (n: number, phase: JournalEntry['phase'] = 'begun'): JournalEntry => ({
  plan: `plan_${n}`,
  phase,
  boot_id: 'b',
  nonce: `n${n}`,
})

test('a line that was appended is there, and only its owner may read it', async () => {
  const path = join(scratchFolder(), 'deep', 'log')
  const log = await openLog(path)
  await log.append({ a: 1 })
  await log.append({ b: 'zwei' })
  expect(await openLog(path)).toMatchObject({ lines: [{ a: 1 }, { b: 'zwei' }], spoilt: null })
  expect(statSync(path).mode % 0o1000).toBe(0o600)
})

test('rewriting puts other lines in place of all, and appending goes on after them', async () => {
  const path = join(scratchFolder(), 'log')
  const log = await openLog(path)
  await log.append('long '.repeat(100))
  await log.rewrite([1])
  await log.append(2)
  expect((await openLog(path)).lines).toEqual([1, 2])
})

const WHOLE = '{"a":1}\n'
const NEXT = '{"b":"käse"}\n'
test.each(Array.from({ length: Buffer.byteLength(NEXT) }, (_, cut) => [cut]))(
  'a crash after %i bytes of a line costs that line at most, and is told',
  async (cut) => {
    const path = join(scratchFolder(), 'log')
    writeFileSync(path, Buffer.concat([Buffer.from(WHOLE), Buffer.from(NEXT).subarray(0, cut)]))
    const log = await openLog(path)
    expect(log.lines).toEqual([{ a: 1 }])
    expect(log.spoilt).toEqual(cut === 0 ? null : `${path}: its last ${cut} bytes were cut off`)
    await log.append({ c: 3 })
    expect(readFileSync(path, 'utf8')).toBe(`${WHOLE}{"c":3}\n`)
  },
)

test('a line of rubbish costs itself alone, and is told', async () => {
  const path = join(scratchFolder(), 'log')
  writeFileSync(path, `${WHOLE}\0\0\0\n{"b":2}\n`)
  expect(await openLog(path)).toMatchObject({
    lines: [{ a: 1 }, { b: 2 }],
    spoilt: expect.stringContaining('line 2 cannot be read'),
  })
})

test('a journal tells after a restart what was written last, and which nonces were used', async () => {
  const path = join(scratchFolder(), 'journal.log')
  expect(await fileJournal(path).read()).toBeNull()
  const journal = fileJournal(path)
  await journal.write(entry(1))
  await journal.write(entry(2, 'executing'))
  const again = fileJournal(path)
  expect(await again.read()).toEqual(entry(2, 'executing'))
  expect([await again.used('n1'), await again.used('n2'), await again.used('n3')]).toEqual([
    true,
    true,
    false,
  ])
})

test('a journal that was cut by a crash tells what stood before, and says so', async () => {
  const path = join(scratchFolder(), 'journal.log')
  await fileJournal(path).write(entry(1))
  appendFileSync(path, '{"plan": "pl')
  const said: string[] = []
  expect(await fileJournal(path, (s) => said.push(s)).read()).toEqual(entry(1))
  expect(said).toEqual([`${path}: its last 12 bytes were cut off`])
})

test('a journal stays bounded: it forgets the oldest nonces and nothing else', async () => {
  const path = join(scratchFolder(), 'journal.log')
  const seen = Array.from({ length: 9000 }, (_, n) => `${JSON.stringify(entry(n))}\n`)
  writeFileSync(path, seen.join(''))
  const journal = fileJournal(path)
  await journal.write(entry(9000, 'executing'))
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  expect(lines.length).toBeLessThan(1100)
  const again = fileJournal(path)
  expect(await again.read()).toEqual(entry(9000, 'executing'))
  expect([await again.used('n9000'), await again.used('n8999'), await again.used('n7978')]).toEqual([
    true,
    true,
    true,
  ])
  expect(await again.used('n7000')).toBe(false)
})

test('a journal in memory does the same for as long as it lives', async () => {
  const journal = memoryJournal()
  await journal.write(entry(1))
  expect([await journal.read(), await journal.used('n1'), await journal.used('n2')]).toEqual([
    entry(1),
    true,
    false,
  ])
})
