import { expect, test } from 'vitest'
import { inputLines } from '../../../src/http/snapshots/input-lines.ts'

async function linesOf(text: string, size: number, most = 100): Promise<string[]> {
  async function* chunks(): AsyncGenerator<Buffer> {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const lines: string[] = []
  for await (const { number, bytes } of inputLines(chunks(), most))
    lines.push(`${number} ${bytes?.toString()}`)
  return lines
}

test.each<[why: string, text: string, lines: string[]]>([
  ['nothing', '', []],
  ['one that does not end', 'ab', ['1 ab']],
  ['one that ends', 'ab\n', ['1 ab']],
  ['two', 'ab\ncd\n', ['1 ab', '2 cd']],
  ['ends of another system', 'ab\r\ncd', ['1 ab\r', '2 cd']],
  ['blank ones count, and are none', '\nab\n \t\r\n\ncd', ['2 ab', '5 cd']],
  ['characters of several bytes', 'äöü\n漢', ['1 äöü', '2 漢']],
  ['one as long as it may be', 'x'.repeat(100), [`1 ${'x'.repeat(100)}`]],
  ['one byte longer', `${'x'.repeat(101)}\nab`, ['1 undefined', '2 ab']],
  ['much longer, and the last', `ab\n${'x'.repeat(1000)}`, ['1 ab', '2 undefined']],
  ['blank, but longer than it may be', `${' '.repeat(101)}\nab`, ['1 undefined', '2 ab']],
])('%s', async (_why, text, lines) => {
  for (const size of [1, 2, 3, 7, 1000]) expect(await linesOf(text, size)).toEqual(lines)
})

test('a line that breaks off is not given, but for what came before it', async () => {
  async function* torn(): AsyncGenerator<Buffer> {
    yield Buffer.from('ab\ncd')
    throw new Error('hung up')
  }
  const lines: number[] = []
  const read = async () => {
    for await (const { number } of inputLines(torn(), 100)) lines.push(number)
  }
  await expect(read()).rejects.toThrow('hung up')
  expect(lines).toEqual([1])
})

test('of a line without end no more is held than one may have', async () => {
  let most = 0
  async function* endless(): AsyncGenerator<Buffer> {
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 8000; i++) {
      yield Buffer.alloc(64 * 1024, 0x78)
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }
  }
  for await (const { bytes } of inputLines(endless(), 1024 * 1024)) expect(bytes).toBeNull()
  // 500 MiB went through. What was not collected yet is counted too.
  expect(most).toBeLessThan(250 * 1024 * 1024)
})
