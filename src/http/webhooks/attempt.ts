import { Webhook as Signing } from 'standardwebhooks'
import type { WebhookMessage } from '../../wire/webhook.ts'
import type { Attempted } from './after-attempt.ts'

/** How long an answer may take; Standard Webhooks asks for 15 to 30. */
const TIMEOUT_MS = 15_000
const MAX_DETAIL = 300

export interface Sending {
  readonly url: string
  readonly secret: string
  /** The same for every attempt: receivers know by it what they have had already. */
  readonly id: string
  readonly message: WebhookMessage
}

/**
 * Sends one signed message once. Any answer of 2xx is success; a redirect is none.
 *
 * Null where the service closes meanwhile: then nobody knows whether it came, and it is sent again.
 */
export async function attempt(
  { url, secret, id, message }: Sending,
  { fetch, at, closing }: { fetch: typeof globalThis.fetch; at: Date; closing: AbortSignal },
): Promise<Attempted | null> {
  const body = JSON.stringify(message)
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'berth',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Signing(secret).sign(id, at, body),
  }
  try {
    const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), closing])
    const answer = await fetch(url, { method: 'POST', redirect: 'manual', signal, headers, body })
    await answer.body?.cancel()
    return judged(answer, at)
  } catch (thrown) {
    if (closing.aborted) return null
    return { outcome: 'failed', status: null, detail: `no answer: ${whyOf(thrown)}`, retryAfter: null }
  }
}

function judged({ status, headers }: Response, at: Date): Attempted {
  const outcome = status >= 200 && status < 300 ? 'delivered' : status === 410 ? 'gone' : 'failed'
  return {
    outcome,
    status,
    detail: `answered ${status}`,
    retryAfter: secondsIn(headers.get('retry-after'), at),
  }
}

/** Retry-After is a count of seconds or a date; null where it is neither. */
function secondsIn(text: string | null, at: Date): number | null {
  if (text === null) return null
  if (/^\d{1,9}$/.test(text)) return Number(text)
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - at.getTime()) / 1000))
}

/** What fetch says is that it has failed; why is the cause of that. */
function whyOf(thrown: unknown): string {
  const error = thrown instanceof Error ? thrown : new Error('unknown')
  const { message, code } = (error.cause instanceof Error ? error.cause : error) as NodeJS.ErrnoException
  return (message || code || 'unknown').slice(0, MAX_DETAIL)
}
