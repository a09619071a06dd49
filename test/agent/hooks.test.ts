import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blockedBy, runHooks } from '../../src/agent/index.ts'
import { scratchFolder } from '../cli/scratch.ts'

const FACTS = { BERTH_PLAN: 'plan_1', BERTH_HOST: 'host_1', BERTH_BOOT_ID: 'b' }

/** A folder of hooks for one stage; each is a script of `sh`. */
function hooksOf(scripts: { readonly [name: string]: string }, mode = 0o755): string {
  const folder = scratchFolder()
  mkdirSync(join(folder, 'pre-load.d'))
  for (const [name, script] of Object.entries(scripts)) {
    const path = join(folder, 'pre-load.d', name)
    writeFileSync(path, `#!/bin/sh\n${script}\n`)
    chmodSync(path, mode)
  }
  return folder
}

test('they run in the order of their names and know what they run for', async () => {
  const out = join(scratchFolder(), 'out')
  const tell = `echo "$(basename $0) $BERTH_STAGE $BERTH_PLAN $BERTH_HOST $BERTH_BOOT_ID" >> ${out}`
  const folder = hooksOf({ '20-second': tell, '10-first': tell, '.hidden': 'exit 1' })
  expect(await runHooks({ folder }, 'pre-load', FACTS)).toEqual({ ok: true, value: null })
  const line = 'pre-load plan_1 host_1 b\n'
  expect(readFileSync(out, 'utf8')).toBe(`10-first ${line}20-second ${line}`)
})

test.each<[why: string, scripts: { [name: string]: string }, detail: string]>([
  [
    'a hook that says no',
    { '10-no': 'echo draining; echo busy >&2; exit 3' },
    'pre-load.d/10-no left with 3',
  ],
  ['its last lines are told', { no: 'seq 1 9; exit 1' }, 'pre-load.d/no left with 1: 5 | 6 | 7 | 8 | 9'],
  ['one that is killed', { '10-no': 'kill -TERM $$' }, 'pre-load.d/10-no was ended by SIGTERM'],
  ['those after it do not run', { a: 'exit 1', b: 'exit 2' }, 'pre-load.d/a left with 1'],
])('%s', async (_why, scripts, detail) => {
  expect(await runHooks({ folder: hooksOf(scripts) }, 'pre-load', FACTS)).toMatchObject({
    ok: false,
    error: { code: 'hook-failed', detail: expect.stringContaining(detail) },
  })
})

test('one that takes too long is ended, with all that it has started', async () => {
  const alive = join(scratchFolder(), 'pid')
  const folder = hooksOf({ slow: `echo waiting; sleep 1000 & echo $! > ${alive}; wait` })
  const run = await runHooks({ folder, timeoutMs: 5000 }, 'pre-load', FACTS)
  expect(run).toMatchObject({
    ok: false,
    error: { detail: 'pre-load.d/slow took longer than 5000 ms: waiting' },
  })
  const pid = readFileSync(alive, 'utf8').trim()
  await expect.poll(() => stateOf(pid)).toMatch(/gone|Z/)
})

test('one that leaves something running which holds its output has ended all the same', async () => {
  const pid = join(scratchFolder(), 'pid')
  const folder = hooksOf({ 'start-a-daemon': `sleep 30 & echo $! > ${pid}` })
  expect(await runHooks({ folder, timeoutMs: 20_000 }, 'pre-load', FACTS)).toEqual({ ok: true, value: null })
  process.kill(Number(readFileSync(pid, 'utf8')), 'SIGKILL')
})

test.each<[why: string, folder: () => string]>([
  ['no folder', () => join(scratchFolder(), 'none')],
  ['nothing for this stage', () => scratchFolder()],
  ['what is not executable', () => hooksOf({ README: 'exit 1' }, 0o644)],
])('nothing is run: %s', async (_why, folder) => {
  expect(await runHooks({ folder: folder() }, 'pre-load', FACTS)).toEqual({ ok: true, value: null })
})

test('what cannot be run blocks: it was meant to', async () => {
  const folder = scratchFolder()
  mkdirSync(join(folder, 'pre-load.d'))
  writeFileSync(join(folder, 'pre-load.d', 'broken'), '#!/no/such/interpreter\n', { mode: 0o755 })
  expect(await runHooks({ folder }, 'pre-load', FACTS)).toMatchObject({
    ok: false,
    error: { detail: expect.stringContaining('could not be run') },
  })
})

test.each<[why: string, content: string, reason: string]>([
  ['its first line is the reason', 'backup is running\nuntil noon\n', 'backup is running'],
  ['an empty one blocks too', '', 'no reason given'],
])('a block file: %s', async (_why, content, reason) => {
  const path = join(scratchFolder(), 'block')
  expect(await blockedBy(path)).toBeNull()
  writeFileSync(path, content)
  expect(await blockedBy(path)).toBe(`${path}: ${reason}`)
})

test('a block file that cannot be read blocks', async () => {
  const folder = scratchFolder()
  expect(await blockedBy(folder)).toContain('EISDIR')
})

function stateOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2] ?? 'gone'
  } catch {
    return 'gone'
  }
}
