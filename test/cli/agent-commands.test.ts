import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished, describe, expect, test } from 'vitest'
import { agentEnrollCommand } from '../../src/cli/agent-enroll.ts'
import { agentOnceCommand } from '../../src/cli/agent-once.ts'
import { keyCreateCommand } from '../../src/cli/key-create.ts'
import { readConfig } from '../../src/config.ts'
import { startServer } from '../../src/server.ts'
import { HOSTS } from '../capture.ts'
import { freshDatabase } from '../database.ts'
import { recordedIo } from './recorded-io.ts'
import { scratchFolder } from './scratch.ts'

const EMULATE = join(HOSTS, 'x86_64-seabios-2g')

/** A service on a database of its own, and calls to it with the first admin key. */
async function service() {
  const database = await freshDatabase()
  onTestFinished(database.drop)
  const environment = {
    ...database.environment,
    BERTH_PORT: '0',
    BERTH_LOG_LEVEL: 'silent',
    // Tests next door hold up the event loop.
    BERTH_MAX_EVENT_LOOP_DELAY_MS: '0',
  }
  const { url, firstKey, close } = await startServer(readConfig(environment))
  onTestFinished(close)
  const call = async (method: 'GET' | 'POST', path: string, body?: object, key = firstKey) => {
    const headers = { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) }
    const answer = await fetch(`${url}/v1${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as { [field: string]: unknown } }
  }
  return { environment, url, call }
}

describe('berth key create', () => {
  test('the printed key works, with the role that was asked for, and is audited', async () => {
    const { environment, call } = await service()
    const io = recordedIo()
    expect(await keyCreateCommand({ role: 'viewer', name: 'a screen' }, io, environment)).toBe(0)
    expect(io.stdout()).toMatch(/^berth_viewer_[0-9a-z]+_[0-9a-f]{64}\n$/)
    const key = io.stdout().trim()
    expect(await call('GET', '/hosts', undefined, key)).toMatchObject({ status: 200 })
    expect(await call('POST', '/enrollment-tokens', {}, key)).toMatchObject({ status: 403 })
    const audit = await call('GET', '/audit')
    expect(audit.body['items']).toContainEqual(
      expect.objectContaining({ action: 'key.create', actor: expect.stringMatching(/^cli:/) }),
    )
  })

  test('a key ends when it was said to', async () => {
    const { environment, call } = await service()
    const io = recordedIo()
    await keyCreateCommand({ role: 'viewer', name: 'for an hour', expiresIn: 3600 }, io, environment)
    const { body } = await call('GET', '/keys')
    const made = (body['items'] as { name: string; created_at: string; expires_at: string }[]).find(
      ({ name }) => name === 'for an hour',
    )
    expect(Date.parse(made?.expires_at ?? '') - Date.parse(made?.created_at ?? '')).toBe(3600_000)
  })
})

describe('berth agent', () => {
  test('enroll, then once without an assignment, then once with one: it lands', async () => {
    const { url, call } = await service()
    const identity = join(scratchFolder(), 'identity.json')
    const token = (await call('POST', '/enrollment-tokens', {})).body['token'] as string

    const enrolling = recordedIo()
    expect(await agentEnrollCommand({ server: url, token, identity, emulate: EMULATE }, enrolling)).toBe(0)
    const host = enrolling.stdout().trim()
    expect(JSON.parse(readFileSync(identity, 'utf8'))).toMatchObject({ server: url, host })
    expect(statSync(identity).mode % 0o1000).toBe(0o600)

    const idle = recordedIo()
    expect(await agentOnceCommand({ identity, emulate: EMULATE, wait: 0 }, idle)).toBe(0)
    expect(JSON.parse(idle.stdout())).toMatchObject({ applied: null, after: null, landing: null })

    const head = readFileSync(join(EMULATE, 'kernel-header.bin'))
    const entry = await call('POST', '/boot-entries', {
      title: 'the same again',
      version: '6.1.0',
      architecture: 'x86_64',
      linux: { sha256: 'a'.repeat(64), size: 8_000_000, header: head.toString('base64') },
      initrd: { sha256: 'b'.repeat(64), size: 1_000_000 },
      options: 'root=/dev/vda1 nokaslr',
    })
    const plan = await call('POST', `/hosts/${host}/plans`, { boot_entry: entry.body['id'], assign: true })
    expect(plan.status).toBe(201)

    const busy = recordedIo()
    expect(await agentOnceCommand({ identity, emulate: EMULATE, wait: 0 }, busy)).toBe(0)
    expect(JSON.parse(busy.stdout())).toMatchObject({
      applied: 'jumped',
      landing: { plan: plan.body['id'], verdict: 'landed' },
    })
  })

  test('enroll writes over no identity', async () => {
    const { url, call } = await service()
    const identity = join(scratchFolder(), 'identity.json')
    const token = (await call('POST', '/enrollment-tokens', { uses: 2 })).body['token'] as string
    await agentEnrollCommand({ server: url, token, identity, emulate: EMULATE }, recordedIo())
    const before = readFileSync(identity, 'utf8')
    const io = recordedIo()
    expect(await agentEnrollCommand({ server: url, token, identity, emulate: EMULATE }, io)).toBe(1)
    expect(io.stderr()).toContain('this host has enrolled')
    expect(readFileSync(identity, 'utf8')).toBe(before)
  })

  test('enroll with a token that is none: exit 1 and no identity', async () => {
    const { url } = await service()
    const identity = join(scratchFolder(), 'identity.json')
    const io = recordedIo()
    const token = `berth_enroll_none_${'0'.repeat(64)}`
    expect(await agentEnrollCommand({ server: url, token, identity, emulate: EMULATE }, io)).toBe(1)
    expect(io.stderr()).toContain('rejected')
    expect(statSync(identity, { throwIfNoEntry: false })).toBeUndefined()
  })
})
