import { CLOSE, keyNamed, posted } from './bytes.ts'
import { orderFaults } from './judge.ts'
import type { Stage } from './stage.ts'
import { talk, type Heard } from './talk.ts'

const TIMES = 5

/** The same bytes again, at once on several connections and then once more: they have the effect of one request. */
export async function replayed(stage: Stage): Promise<void> {
  await stage.random.pick([keyed, token, locks])(stage)
}

/** Under a key: whoever is not told to wait is told the same, to the letter. */
async function keyed(stage: Stage): Promise<void> {
  const { world, ledger, named } = stage
  const id = named('keyed')
  const said = keyNamed(id, world.admin, `idempotency-key: ${id}`, CLOSE)
  const all = await again(stage, said, { id, statuses: [201, 409] })
  const bodies = new Set(bodiesOf(all, 201))
  if (bodies.size > 1) ledger.wrong.push(`replayed: ${id} is answered in ${bodies.size} ways`)
  if (bodies.size > 0) ledger.acknowledged.add(id)
}

/** Without one: what is good for one use is used once. */
async function token(stage: Stage): Promise<void> {
  const { url, world, ledger, named } = stage
  const id = named('token')
  const made = await talk(
    url,
    posted({ path: '/v1/enrollment-tokens', as: world.admin, id, body: {}, headers: [CLOSE] }),
  ).heard
  const body = made.answers[0]?.body.toString() ?? '{}'
  const hints = { machine_id: id, hostname: id, arch: 'x86_64', hardware_model: 'model' }
  const said = posted({
    ...{ path: '/v1/agent/enroll', id, headers: [CLOSE] },
    body: { token: (JSON.parse(body) as { token?: string }).token, ...hints },
  })
  const used = bodiesOf(await again(stage, said, { id, statuses: [201, 401, 409] }), 201).length
  if (used !== 1) ledger.wrong.push(`replayed: a token for one machine was taken ${used} times`)
}

/** Of several who want the one place one gets it, however often they ask; and who has it may hear so again. */
async function locks(stage: Stage): Promise<void> {
  const { world, ledger, named } = stage
  const ask = (what: string, client: string) => {
    const body = { client_params: { id: client, group: world.group } }
    const headers = ['fleet-lock-protocol: true', CLOSE]
    return posted({ path: `${world.base}v1/${what}`, id: client, body, headers })
  }
  const clients = Array.from({ length: 3 }, () => named('locker'))
  const all = await Promise.all(
    clients.map((client) => again(stage, ask('pre-reboot', client), { id: client, statuses: [200, 423] })),
  )
  const holders = clients.filter((_, i) => bodiesOf(all[i] ?? [], 200).length > 0)
  ledger.doubleGrants += Math.max(0, holders.length - 1)
  if (holders.length === 0) ledger.wrong.push('replayed: nobody got a place that nobody had')
  for (const client of holders)
    await again(stage, ask('steady-state', client), { id: client, statuses: [200] })
}

async function again(
  { url, ledger }: Stage,
  said: string,
  due: Parameters<typeof orderFaults>[0][number],
): Promise<Heard[]> {
  const all = await Promise.all(Array.from({ length: TIMES - 1 }, () => talk(url, said).heard))
  all.push(await talk(url, said).heard)
  ledger.requests += TIMES
  ledger.faults += TIMES - 1
  ledger.wrong.push(...all.flatMap((heard) => orderFaults([due], heard).map((one) => `replayed: ${one}`)))
  return all
}

function bodiesOf(all: readonly Heard[], status: number): string[] {
  return all.flatMap(({ answers }) =>
    answers.filter((one) => one.status === status).map(({ body }) => body.toString()),
  )
}
