import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import {
  emulatedHost,
  generatedImages,
  memoryJournal,
  memorySpool,
  once,
  type Agent,
  type JournalEntry,
} from '../../src/agent/index.ts'
import { soleAgent } from '../../src/cli/sole-agent.ts'
import { loadCapture } from '../capture.ts'
import { scratchFolder } from '../cli/scratch.ts'
import { localService, type LocalService } from './local-service.ts'

let service: LocalService | null = null
afterEach(async () => {
  await service?.close()
  service = null
})

/** What the service heard of a plan that the journal of this boot, or of another one, says is under way. */
async function heard(entry: Partial<JournalEntry> & Pick<JournalEntry, 'phase'>, script?: string) {
  const host = emulatedHost(loadCapture('x86_64-seabios-2g'), { seed: 5 })
  if (!host.ok) throw new Error('no host')
  const boot_id = ((await host.value.capture())['boot-id'] ?? '').trim()
  const hooks = scratchFolder()
  const out = join(hooks, 'out')
  if (script !== undefined) {
    mkdirSync(join(hooks, 'post-boot.d'))
    writeFileSync(
      join(hooks, 'post-boot.d', 'check'),
      `#!/bin/sh\necho "$BERTH_PLAN $BERTH_STAGE" >> ${out}\n${script}\n`,
    )
    chmodSync(join(hooks, 'post-boot.d', 'check'), 0o755)
  }
  service = await localService((c) => {
    if (c.path.endsWith('/snapshots'))
      return {
        status: 201,
        body: { id: 's', memory_digest: 'd', landing: { plan: 'plan_1', verdict: 'landed' } },
      }
    return c.path.endsWith('/reports') ? { status: 200, body: {} } : { status: 204 }
  })
  const journal = memoryJournal()
  await journal.write({ plan: 'plan_1', boot_id, ...entry })
  const said: string[] = []
  const agent: Agent = {
    identity: { server: service.url, host: 'host_1', credential: 'c', signing_keys: [] },
    backend: host.value.backend,
    capture: host.value.capture,
    images: generatedImages(),
    journal,
    spool: memorySpool(),
    hooks: { folder: hooks },
    sleep: async () => {},
    say: (s) => said.push(s),
  }
  const rounds = [await once(agent), await once(agent)]
  expect(rounds.map((r) => r.ok)).toEqual([true, true])
  const reports = service.seen.filter((c) => c.path.endsWith('/reports')).map((c) => c.body)
  return {
    reports,
    said,
    phase: (await journal.read())?.phase,
    ran: script === undefined ? '' : readOrNothing(out),
  }
}

test.each([['begun'], ['loading'], ['loaded'], ['executing']] as const)(
  'the agent ended in this boot at %s: the plan failed, told once',
  async (phase) => {
    const { reports, phase: left } = await heard({ phase })
    expect(reports).toEqual([
      expect.objectContaining({ plan: 'plan_1', phase: 'failed', detail: expect.stringContaining(phase) }),
    ])
    expect(left).toBe('failed')
  },
)

test.each([['begun'], ['loading'], ['loaded'], ['executing']] as const)(
  'the host has booted since %s: the snapshot tells, nobody else',
  async (phase) => {
    const { reports, said, phase: left } = await heard({ phase, boot_id: 'the boot before' })
    expect(reports).toEqual([])
    expect(said).toContain('plan plan_1: landed')
    expect(left).toBe('settled')
  },
)

test.each([['refused'], ['failed'], ['settled']] as const)('%s is an end: nothing is done', async (phase) => {
  const { reports, phase: left } = await heard({ phase, boot_id: 'the boot before' }, 'true')
  expect([reports, left]).toEqual([[], phase])
})

test.each<[why: string, script: string, more: Partial<JournalEntry>, details: string[], said: boolean]>([
  ['a good one is not worth a word', 'true', {}, [], false],
  ['a bad one is said', 'echo no network; exit 1', {}, [], true],
  [
    'both are reported where the service wants it',
    'true',
    { post_boot: true },
    ['the post-boot hooks ended well'],
    false,
  ],
  [
    'the bad one with its words',
    'echo no network; exit 1',
    { post_boot: true },
    ['hook-failed: post-boot.d/check left with 1: no network'],
    true,
  ],
])('post-boot hooks: %s', async (_why, script, more, details, isSaid) => {
  const before = { phase: 'executing', boot_id: 'the boot before', ...more } as const
  const { reports, said, ran } = await heard(before, script)
  expect(ran).toBe('plan_1 post-boot\n')
  expect(reports.map((r) => (r as { phase: string }).phase)).toEqual(details.map(() => 'booted'))
  expect(reports.map((r) => (r as { detail: string }).detail)).toEqual(details)
  expect(said.some((s) => s.includes('no network'))).toBe(isSaid)
})

test('post-boot hooks are for jumps alone', async () => {
  const { ran } = await heard({ phase: 'loaded', boot_id: 'the boot before' }, 'true')
  expect(ran).toBe('')
})

test('two agents do not work with one identity at the same time', async () => {
  const identity = join(scratchFolder(), 'identity.json')
  const end = await soleAgent(identity)
  if (process.platform === 'linux')
    await expect(soleAgent(identity)).rejects.toThrow('another agent is at work')
  const other = await soleAgent(`${identity}.other`)
  await other()
  await end()
  await (
    await soleAgent(identity)
  )()
})

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
