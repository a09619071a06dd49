import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import {
  emulatedHost,
  generatedImages,
  keyringOf,
  memoryJournal,
  memorySpool,
  readIdentity,
  run,
  writeIdentity,
  type Agent,
  type Identity,
} from '../../src/agent/index.ts'
import { loadCapture } from '../capture.ts'
import { scratchFolder } from '../cli/scratch.ts'
import { localService, type Answer, type LocalService, type SeenCall } from './local-service.ts'
import { seeded } from './seeded.ts'

const DAY = 86_400_000
const START = Date.parse('2026-03-01T00:00:00Z')
const at = (ms: number): string => new Date(START + ms).toISOString()
const OLD: Identity = { server: 'http://127.0.0.1:1', host: 'host_1', credential: 'old', signing_keys: ['k'] }

let service: LocalService | null = null
afterEach(async () => {
  await service?.close()
  service = null
})

describe('when another credential is due', () => {
  const aged: Identity = { ...OLD, issued_at: at(0), expires_at: at(30 * DAY) }
  test.each<[why: string, identity: Identity, now: number, due: boolean]>([
    ['one that does not end never is', OLD, 1000 * DAY, false],
    ['before two thirds of its life it is not', aged, 20 * DAY - 1, false],
    ['at two thirds it is', aged, 20 * DAY, true],
    ['without a beginning, a day before its end', { ...OLD, expires_at: at(30 * DAY) }, 29 * DAY, true],
    ['and not earlier', { ...OLD, expires_at: at(30 * DAY) }, 29 * DAY - 1, false],
    ['not while another one waits to be used', { ...aged, next: { credential: 'new' } }, 29 * DAY, false],
  ])('%s', (_why, identity, now, due) => {
    expect(keyringOf(identity, async () => {}).due(START + now)).toBe(due)
    expect(keyringOf(identity).due(START + now)).toBe(false)
  })

  test('because the service wants it, and after a failure only a while later', () => {
    const keyring = keyringOf(OLD, async () => {})
    expect(keyring.due(START)).toBe(false)
    keyring.wanted()
    expect(keyring.due(START)).toBe(true)
    keyring.postpone(START)
    expect([keyring.due(START + 900_000 - 1), keyring.due(START + 900_000)]).toEqual([false, true])
  })
})

describe('a crash at any point leaves one that works', () => {
  test('the new one is stored beside the old before it is used, and alone after it was', async () => {
    const path = join(scratchFolder(), 'identity.json')
    await writeIdentity(path, OLD)
    const keyring = keyringOf(OLD, (changed) => writeIdentity(path, changed))
    await keyring.take({ credential: 'new', issued_at: at(0) })
    expect(await readIdentity(path)).toEqual({ ...OLD, next: { credential: 'new', issued_at: at(0) } })
    expect(keyring.current()).toBe('new')
    // Started again, it goes on where it was.
    const again = keyringOf((await readIdentity(path)) ?? OLD, (changed) => writeIdentity(path, changed))
    expect(again.current()).toBe('new')
    await again.worked('old')
    expect(again.current()).toBe('new')
    await again.worked('new')
    expect(await readIdentity(path)).toEqual({ ...OLD, credential: 'new', issued_at: at(0) })
  })

  test('one that could not be stored is not used', async () => {
    const keyring = keyringOf(OLD, () => Promise.reject(new Error('ENOSPC')))
    await expect(keyring.take({ credential: 'new' })).rejects.toThrow('ENOSPC')
    expect(keyring.current()).toBe('old')
  })

  test('a new one that the service does not know gives way to the old one', async () => {
    const keyring = keyringOf({ ...OLD, next: { credential: 'lost' } }, async () => {})
    expect(await keyring.refused('lost')).toBe(true)
    expect(keyring.current()).toBe('old')
    expect(await keyring.refused('old')).toBe(false)
  })
})

/** Who called with what, by an agent on virtual time that ends after so many pauses. */
async function calls(
  identity: Omit<Identity, 'server' | 'signing_keys'>,
  answer: (call: SeenCall, bearer: string) => Answer,
  pauses: number,
): Promise<{ readonly seen: string[]; readonly identity: Identity | null; readonly said: string[] }> {
  const path = join(scratchFolder(), 'identity.json')
  const host = emulatedHost(loadCapture('x86_64-seabios-2g'), { seed: 5 })
  if (!host.ok) throw new Error('no host')
  service = await localService((c) => answer(c, c.headers.authorization?.slice('Bearer '.length) ?? ''))
  const mine: Identity = { ...identity, server: service.url, signing_keys: ['k'] }
  await writeIdentity(path, mine)
  let time = START
  let slept = 0
  const said: string[] = []
  const agent: Agent = {
    identity: mine,
    backend: host.value.backend,
    capture: host.value.capture,
    images: generatedImages(),
    journal: memoryJournal(),
    spool: memorySpool(),
    keep: (changed) => writeIdentity(path, changed),
    now: () => time,
    random: seeded(3),
    say: (s) => said.push(s),
    sleep: async (ms) => {
      time += ms
      slept += 1
    },
  }
  await run(agent, () => slept >= pauses)
  const seen = service.seen.map(
    (c) => `${c.headers.authorization?.slice('Bearer '.length)} ${c.path.split('/').at(-1)?.split('?')[0]}`,
  )
  return { seen, identity: await readIdentity(path), said }
}

const usual = (c: SeenCall): Answer =>
  c.path.endsWith('/snapshots')
    ? { status: 201, body: { id: 'snap_1', memory_digest: 'd', landing: null } }
    : { status: 204 }

describe('the loop', () => {
  test('asks for another one before the old one ends, and uses it', async () => {
    const aged = { host: 'host_1', credential: 'old', issued_at: at(-2 * DAY), expires_at: at(DAY) }
    const { seen, identity } = await calls(
      aged,
      (c) =>
        c.path.endsWith('/credential')
          ? { status: 201, body: { credential: 'new', expires_at: at(4 * DAY) } }
          : usual(c),
      4,
    )
    expect(seen).toEqual([
      'old snapshots',
      'old credential',
      'new assignment',
      'new assignment',
      'new assignment',
    ])
    expect(identity).toMatchObject({ credential: 'new', expires_at: at(4 * DAY) })
    expect(identity?.next).toBeUndefined()
  })

  test('asks because an answer says so', async () => {
    const { seen } = await calls(
      { host: 'host_1', credential: 'old' },
      (c, bearer) => {
        if (c.path.endsWith('/credential')) return { status: 201, body: { credential: 'new' } }
        return bearer === 'old' ? { ...usual(c), headers: { 'berth-credential': 'rotate' } } : usual(c)
      },
      3,
    )
    expect(seen).toEqual(['old snapshots', 'old credential', 'new assignment', 'new assignment'])
  })

  test('goes on with the old one where the service has none to give, and does not ask each time', async () => {
    const { seen, identity, said } = await calls(
      { host: 'host_1', credential: 'old', issued_at: at(-2 * DAY), expires_at: at(DAY) },
      (c) => (c.path.endsWith('/credential') ? { status: 404, body: { code: 'no-such-route' } } : usual(c)),
      10,
    )
    expect(seen.filter((s) => s === 'old credential')).toHaveLength(1)
    expect(seen.filter((s) => s === 'old assignment')).toHaveLength(9)
    expect(identity?.credential).toBe('old')
    expect(said.filter((s) => s.includes('was not changed'))).toHaveLength(1)
  })

  test('falls back to the old one within the same call where the new one is not known', async () => {
    const { seen, identity } = await calls(
      { host: 'host_1', credential: 'old', next: { credential: 'lost' } },
      (c, bearer) => (bearer === 'old' ? usual(c) : { status: 401, body: { code: 'unauthenticated' } }),
      2,
    )
    expect(seen).toEqual(['lost snapshots', 'old snapshots', 'old assignment'])
    expect(identity).toMatchObject({ credential: 'old' })
    expect(identity?.next).toBeUndefined()
  })
})
