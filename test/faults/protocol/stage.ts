import type { Random } from '../../fuzz/random.ts'
import type { Api } from '../../http/api.ts'
import { enroll, post, snapshotOf, X86 } from '../../http/fixtures.ts'
import { serve } from '../../http/fleetlock-client.ts'
import type { WireAnswer } from '../wire.ts'
import { speaker } from '../wire.ts'
import { got, keyNamed } from './bytes.ts'
import { orderFaults } from './judge.ts'
import type { Ledger } from './ledger.ts'

export interface World {
  readonly admin: string
  readonly host: string
  readonly credential: string
  /** Path of a FleetLock group with one place, with a slash at its end. */
  readonly base: string
  readonly group: string
}

export interface Stage {
  readonly url: string
  readonly world: World
  readonly ledger: Ledger
  readonly random: Random
  /** A name that nothing else has. */
  named(what: string): string
}

export async function fillWorld(api: Api): Promise<World> {
  const { id: host, credential } = await enroll(api)
  await post(api, { id: host, credential }, snapshotOf(X86, 'boot-before'))
  const { base, group } = await serve(api)
  return { admin: api.admin, host, credential, base, group }
}

/** Somebody who does nothing wrong: each of his requests is answered, and right, whatever others do meanwhile. */
export async function bystander({ url, world, ledger, named }: Stage, turns: number): Promise<void> {
  const voice = speaker(url)
  try {
    for (let turn = 0; turn < turns; turn++) {
      const name = named('bystander')
      const isWrite = turn % 2 === 1
      const bytes = isWrite
        ? keyNamed(name, world.admin)
        : got(`/v1/hosts/${world.host}`, world.credential, name)
      ledger.requests++
      const answer = await voice.say(Buffer.from(bytes), { method: isWrite ? 'POST' : 'GET' })
      const due = [{ id: name, statuses: [isWrite ? 201 : 200] }]
      ledger.wrong.push(
        ...orderFaults(due, { answers: [answer], rest: '' }).map((one) => `bystander: ${one}`),
      )
      if (isWrite && answer.status === 201) ledger.acknowledged.add(name)
    }
  } finally {
    voice.close()
  }
}

/** Marks of everything that is stored: names of keys, and boots of the host. */
export async function storedIn(url: string, { admin, host }: World): Promise<string[]> {
  const keys = await all<{ name: string }>(url, '/v1/keys', admin)
  const boots = await all<{ boot_id: string }>(url, `/v1/hosts/${host}/snapshots`, admin)
  return [...keys.map(({ name }) => name), ...boots.map(({ boot_id }) => boot_id)]
}

async function all<T>(url: string, path: string, as: string): Promise<T[]> {
  const items: T[] = []
  for (let cursor = ''; ;) {
    const answer = await fetch(`${url}${path}?limit=200${cursor}`, {
      headers: { authorization: `Bearer ${as}` },
    })
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    const page = (await answer.json()) as { items: T[]; next_cursor?: string | null }
    items.push(...page.items)
    if (!page.next_cursor) return items
    cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`
  }
}

/** Keeps what was answered to a write. */
export function kept({ acknowledged, possible }: Ledger, mark: string, answer: WireAnswer | undefined): void {
  if (answer === undefined) possible.add(mark)
  else if (answer.status < 300) acknowledged.add(mark)
}
