import { randomUUID } from 'node:crypto'
import type { Random } from '../../../fuzz/random.ts'
import { bodyOf } from '../history.ts'
import { voiceOf, type Stage } from '../stage.ts'

const KINDS = ['initrd', 'kernel', 'purgatory'] as const
const PAGE = 4096
const FIRST_MEM = 0x4000_0000
const PLACES = 1000

/** Somebody who reads, sets and forgets pins of a few hosts, and plans for them, beside others who do the same. */
export async function pinning(stage: Stage, client: string, hosts: readonly string[]): Promise<void> {
  const random = stage.chance(client)
  while (!stage.isOver()) {
    const host = random.pick(hosts)
    if (random.once(5)) await plan(stage, client, host, random.once(3))
    else await change(stage, client, host, random)
    await stage.think(random)
  }
}

async function plan(
  { entry, ...stage }: Stage,
  client: string,
  host: string,
  doubled: boolean,
): Promise<void> {
  await voiceOf(
    stage,
    client,
  )({
    ...{ what: 'plan', about: host, method: 'POST', path: `/v1/hosts/${host}/plans` },
    ...{ as: stage.admin, body: { boot_entry: entry, on_broken: 'prefer' }, again: 'keyed', doubled },
  })
}

/** Reads at one replica, and changes at another what it has read. */
async function change(stage: Stage, client: string, host: string, random: Random): Promise<void> {
  const ask = voiceOf(stage, client)
  const path = `/v1/hosts/${host}/pins`
  const as = stage.admin
  const seen = await ask({ what: 'pin-read', about: host, method: 'GET', path, as, again: 'as-it-is' })
  if (seen.status !== 200 || random.once(3)) return
  const set = bodyOf<{ items: { kind: string }[] }>(seen)
  const mark = randomUUID()
  const headers = { 'if-match': seen.etag }
  const pinned = set.items.map(({ kind }) => kind)
  if (pinned.length > 0 && random.once(4)) {
    const kind = random.pick(pinned)
    const gone = { path: `${path}/reboot/${kind}?reason=${mark}`, method: 'DELETE', again: 'never' } as const
    await ask({ what: 'pin-forget', about: host, mark, as, headers, ...gone })
    return
  }
  const mem = `0x${(FIRST_MEM + random.below(PLACES) * PAGE).toString(16)}`
  const body = { mem, room: PAGE * (1 + random.below(8)), reason: mark }
  const put = { path: `${path}/reboot/${random.pick(KINDS)}`, method: 'PUT', again: 'never' } as const
  await ask({ what: 'pin-set', about: host, mark, as, headers, body, ...put })
}
