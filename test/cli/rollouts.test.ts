import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../http/api.ts'
import { createEntry, post, snapshotOf, X86 } from '../http/fixtures.ts'
import { voices } from '../http/rolling.ts'
import { berth, cells, enrollNamed, UNHURRIED } from './remote-berth.ts'

const BECAUSE = ['--reason', 'a test']

describe('berth rollout and berth explain', () => {
  let api: Api
  let dir: string
  beforeAll(async () => {
    api = await startApi({ config: UNHURRIED })
    dir = await mkdtemp(path.join(tmpdir(), 'berth-rollouts-'))
  })
  afterAll(async () => {
    await api.close()
    await rm(dir, { recursive: true })
  })

  /** A file for a rollout of two hosts of a group. */
  async function written(group: string): Promise<string> {
    for (const name of [`${group}-1`, `${group}-2`]) {
      await post(api, await enrollNamed(api, name, group), snapshotOf(X86))
    }
    const boot_entry = await createEntry(api, X86, { initrd: null })
    const file = path.join(dir, `${group}.json`)
    await writeFile(file, JSON.stringify({ name: group, selector: { group }, boot_entry }))
    return file
  }

  test('a dry run tells the order and stores nothing; then it is made, started, followed and ended', async () => {
    const file = await written('web')
    const dry = await berth(api, ['rollout', 'create', file, '--dry-run'])
    expect(dry).toMatchObject({ code: 0, stderr: '' })
    expect(dry.stdout).toMatch(/^2 hosts in 2 waves; nothing was stored\n/)
    expect((await voices(api).get('/rollouts')).items).toEqual([])

    const made = await berth(api, ['rollout', 'create', file, '--output', 'json'])
    const { id } = JSON.parse(made.stdout) as { id: string }
    const before = await berth(api, ['explain', 'web-1'])
    expect(before.stdout).toContain('stopped: the rollout is a draft')

    const started = await berth(api, ['rollout', 'submit', id, ...BECAUSE])
    expect(started.stdout).toContain(`${id} (web): running since `)
    expect((await berth(api, ['explain', 'web-1'])).stdout).toContain(': go: it may reboot')
    const waits = await berth(api, ['explain', 'web-2'])
    expect(waits.stdout).toContain('wait: it goes in wave 2')
    expect(cells(waits.stdout.split('\n\n')[1] ?? '', 2)).toContainEqual(['wave', 'wait'])

    await berth(api, ['rollout', 'pause', id, ...BECAUSE])
    expect((await berth(api, ['rollout', 'show', id])).stdout).toContain('\npaused by key_')
    const skipped = await berth(api, ['rollout', 'skip-host', id, 'web-2', ...BECAUSE])
    expect(skipped.stdout).toMatch(/\n2 +1 +1 skipped\n/)
    const members = await berth(api, ['rollout', 'members', id, '--state', 'skipped'])
    expect(cells(members.stdout, 3).map(([, ...rest]) => rest)).toEqual([['2', 'skipped']])
    await berth(api, ['rollout', 'cancel', id, ...BECAUSE])
    const list = await berth(api, ['rollout', 'list'])
    expect(cells(list.stdout, 2)).toEqual([[id, 'cancelled']])
  })

  test.each<[why: string, argv: string[], code: number, words: string]>([
    ['a file that is not there', ['create', '/nowhere.json'], 1, 'unreadable-file'],
    ['a command without a reason', ['pause', 'roll_1'], 2, '--reason'],
    ['a rollout that is not there', ['show', `roll_${'0'.repeat(26)}`], 1, 'no such rollout'],
  ])('%s is told', async (_why, argv, code, words) => {
    const ran = await berth(api, ['rollout', ...argv])
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringContaining(words)])
  })

  test('what it does not take now is told with what it is', async () => {
    const made = await berth(api, ['rollout', 'create', await written('db'), '--output', 'json'])
    const { id } = JSON.parse(made.stdout) as { id: string }
    const ran = await berth(api, ['rollout', 'resume', id, ...BECAUSE])
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('the rollout is draft')])
  })
})
