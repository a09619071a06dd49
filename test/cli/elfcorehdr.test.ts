import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { elfcorehdrCommand } from '../../src/cli/elfcorehdr.ts'
import { HOSTS } from '../capture.ts'
import { recordedIo } from './recorded-io.ts'
import { scratchFolder } from './scratch.ts'

test('writes the core headers and lists them, unknown values with their reason', async () => {
  const io = recordedIo()
  const out = join(scratchFolder(), 'core')
  expect(elfcorehdrCommand({ capture: join(HOSTS, 'x86_64-seabios-2g'), out }, io)).toBe(0)
  expect(io.stdout()).toContain('load 0x5400000 0x3430000 0xffffffff9ca00000\n')
  expect(io.stdout()).toContain(
    'load 0x100000 0x6af00000 0x0 (the virtual address of the linear map is not given)\n',
  )
  expect(readFileSync(out).subarray(0, 4).toString('latin1')).toBe('\x7fELF')
})

test('a capture that cannot be read is refused with file and place, and nothing is written', () => {
  const io = recordedIo()
  const out = join(scratchFolder(), 'core')
  expect(() => elfcorehdrCommand({ capture: join(HOSTS, 'no-such-host'), out }, io)).toThrow(/no-such-host/)
  expect(() => readFileSync(out)).toThrow()
})
