import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Webhook } from 'standardwebhooks'
import { expect, test, vi } from 'vitest'
import { readConfig } from '../../../src/config.ts'
import { startServer } from '../../../src/server.ts'

const PATIENT = { timeout: 60_000 }

test('a service sends by itself what happens, again after a restart, and closes while a receiver hangs', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'berth-webhooks-'))
  const got: { headers: IncomingHttpHeaders; body: string }[] = []
  let hangs = false
  const receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      got.push({ headers: request.headers, body })
      if (!hangs) response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  const config = readConfig({
    BERTH_DATABASE_URL: `file:${path.join(dir, 'berth.db')}`,
    BERTH_PORT: '0',
    BERTH_LOG_LEVEL: 'silent',
    BERTH_WEBHOOK_ORIGINS: origin,
    BERTH_MAX_EVENT_LOOP_DELAY_MS: '0',
  })
  const first = await startServer(config)
  const headers = { authorization: `Bearer ${first.firstKey}`, 'content-type': 'application/json' }
  const send = async (base: string, method: string, to: string, body: object) => {
    const answer = await fetch(`${base}/v1${to}`, { method, headers, body: JSON.stringify(body) })
    return (await answer.json()) as { id: string; secret: string }
  }
  const { id, secret } = await send(first.url, 'POST', '/webhooks', { url: origin, reason: 'test' })
  await send(first.url, 'POST', `/webhooks/${id}/test`, {})
  await vi.waitUntil(() => got.length === 1, PATIENT)
  const [ping] = got
  expect(new Webhook(secret).verify(ping?.body ?? '', ping?.headers as Record<string, string>)).toMatchObject(
    {
      type: 'webhook.ping',
    },
  )

  hangs = true
  await send(first.url, 'PUT', '/pauses/fleet', { reason: 'maintenance' })
  await vi.waitUntil(() => got.length === 2, PATIENT)
  await first.close()

  hangs = false
  const second = await startServer(config)
  await vi.waitUntil(() => got.length === 3, PATIENT)
  expect(got[2]?.body).toBe(got[1]?.body)
  expect(JSON.parse(got[2]?.body ?? '')).toMatchObject({ type: 'pause.set', data: { detail: 'maintenance' } })
  await second.close()
  receiver.closeAllConnections()
  receiver.close()
  await rm(dir, { recursive: true })
}, 120_000)
