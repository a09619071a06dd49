import { randomUUID } from 'node:crypto'
import type { Event } from '../../store/events.ts'
import { newId } from '../../store/new-id.ts'
import type { Store } from '../../store/open-store.ts'
import type { Webhook } from '../../store/webhooks.ts'
import { PING, type WebhookMessage } from '../../wire/webhook.ts'
import { beginBehind } from '../events/begin-behind.ts'
import { gapEvent, presentEvent } from '../events/present-event.ts'
import { afterAttempt, type Attempted } from './after-attempt.ts'
import { attempt } from './attempt.ts'
import type { SecretBox } from './secret-box.ts'
import { wantsOf } from './wanted.ts'

export interface Delivering {
  readonly store: Store
  readonly now: () => Date
  readonly fetch: typeof globalThis.fetch
  readonly secrets: SecretBox
  /** In [0, 1). */
  readonly chance: () => number
  /** Aborted when the service closes: what is being sent is let go, and sent again later. */
  readonly closing: AbortSignal
}

/** Nobody else sends to a webhook for so long after the last sign of whoever does: longer than any attempt takes. */
const CLAIM_MS = 60_000
/** Events of one reading. */
const PAGE = 100
const NOT_OPENED: Attempted = {
  ...{ outcome: 'failed', status: null, retryAfter: null },
  detail: 'its secret was sealed by a signing key that the service does not have: delete it and make another',
}

/**
 * Sends to every webhook what it has not had yet, each in the order of events, until all is sent or an attempt fails.
 *
 * Errors: as the database fails; then the claims end by themselves, and what was under way is sent again.
 */
export async function deliverDue(given: Delivering): Promise<void> {
  const { store, now } = given
  const newest = (await store.events.kept())?.last ?? 0
  const due = await store.webhooks.due({ at: now(), latest: claimedUntil(now()) }, newest)
  const ended = await Promise.allSettled(due.map(({ id }) => deliverTo(given, id)))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}

async function deliverTo(given: Delivering, id: string): Promise<void> {
  const { store, now } = given
  const claim = randomUUID()
  if (!(await store.webhooks.claim(id, now(), { claim, claimUntil: claimedUntil(now()) }))) return
  const hook = await store.webhooks.get(id)
  if (!hook) return
  const turn = turnOf(given, hook, claim)
  const isHeld = hook.ping === null || (await turn.ping(hook.ping))
  if (isHeld && isDue(hook, now())) await sendOn(given, hook, turn)
  await store.webhooks.change(id, claim, { claim: null, claimUntil: null })
}

function isDue({ state, nextAt }: Webhook, at: Date): boolean {
  return state !== 'disabled' && (nextAt === null || nextAt <= at)
}

async function sendOn(given: Delivering, hook: Webhook, turn: Turn): Promise<void> {
  const { store, now } = given
  const wants = wantsOf(hook, store)
  for (let cursor = hook.cursor; ;) {
    const { after, lostBefore } = await beginBehind(store, cursor)
    const gap = lostBefore === null ? [] : [gapEvent(lostBefore, now())]
    const events = [...gap, ...(await store.events.after(after, PAGE))]
    for (const event of events) {
      if ((await wants(event)) && !(await turn.send(event))) return
      cursor = event.seq
    }
    if (events.length === 0 || !(await turn.passed(cursor))) return
  }
}

interface Turn {
  /** Each: whether to go on. What an attempt came to is kept before the next one. */
  ping(message: string): Promise<boolean>
  send(event: Event): Promise<boolean>
  /** What is not wanted is done with too. */
  passed(cursor: number): Promise<boolean>
}

/** What one who has the claim on a webhook can do, for as long as he has it. */
function turnOf(given: Delivering, hook: Webhook, claim: string): Turn {
  const { store, now, fetch, secrets, closing, chance } = given
  const { id, url } = hook
  const secret = secrets.open(hook.secret)?.secret ?? null
  let standing = { state: hook.state, failures: hook.failures }

  async function tried(message: string, body: WebhookMessage): Promise<Attempted | null> {
    if (closing.aborted) return null
    if (secret === null) return NOT_OPENED
    return attempt({ url, secret, id: message, message: body }, { fetch, at: now(), closing })
  }

  /** False where the claim was lost meanwhile: whoever has it now tells what happened. */
  async function keep(
    { message, kind, number }: { message: string; kind: string; number: number },
    attempted: Attempted,
    change: Parameters<Store['webhooks']['change']>[2],
  ): Promise<boolean> {
    const { outcome, status, detail } = attempted
    const at = now()
    return store.write(async (rows) => {
      const held = await rows.webhooks.change(id, claim, { ...change, claimUntil: claimedUntil(at) })
      if (!held) return false
      const told = { messageId: message, kind, attempt: number, at, outcome, status, detail }
      await rows.webhookDeliveries.insert({ id: newId('dlv', at), webhookId: id, ...told })
      if (typeof change.state === 'string') {
        const audit = { id: newId('aud', at), at, actor: 'berth', requestId: '' }
        const said = { because: detail }
        await rows.audit.append({ ...audit, action: `webhook.${change.state}`, target: id, detail: said })
      }
      return true
    })
  }

  return {
    ping: async (message) => {
      const body = { type: PING, timestamp: now().toISOString(), data: { webhook: id } }
      const attempted = await tried(message, body)
      return attempted !== null && keep({ message, kind: PING, number: 1 }, attempted, { ping: null })
    },
    send: async (event) => {
      const { seq, kind } = event
      const message = `${id}_${seq}`
      const body = { type: kind, timestamp: event.at.toISOString(), data: presentEvent(event) }
      const attempted = await tried(message, body)
      if (attempted === null) return false
      const number = standing.failures + 1
      const { nextAt, ...after } = afterAttempt(standing, attempted, { at: now(), chance: chance() })
      const isDone = attempted.outcome === 'delivered'
      const kept = await keep({ message, kind, number }, attempted, {
        ...{ failures: after.failures, nextAt },
        ...(isDone && { cursor: seq }),
        ...(after.state !== standing.state && { state: after.state, stateSince: now() }),
      })
      standing = after
      return kept && isDone
    },
    passed: (cursor) => store.webhooks.change(id, claim, { cursor, claimUntil: claimedUntil(now()) }),
  }
}

function claimedUntil(at: Date): Date {
  return new Date(at.getTime() + CLAIM_MS)
}
