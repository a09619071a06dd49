import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { expect, test, vi } from 'vitest'
import { readConfig } from '../../../src/config.ts'
import { startServer } from '../../../src/server.ts'
import { freshDatabase } from '../../database.ts'

const PATIENT = { timeout: 60_000 }

test('a service sends by itself what happens, again after a restart, and closes while a receiver hangs', async () => {
  const database = await freshDatabase()
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
    ...database.environment,
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
  await database.drop()
}, 120_000)
