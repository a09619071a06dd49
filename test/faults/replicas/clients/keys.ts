import { setTimeout as sleep } from 'node:timers/promises'
import { bodyOf, isGood } from '../history.ts'
import { voiceOf, type Stage } from '../stage.ts'

/** A little more than a revoked key may still be taken. */
const AFTER_MS = 5200

/** Somebody who makes keys, uses them everywhere, revokes them, and tries whether they are still taken. */
export async function keeping(stage: Stage, client: string): Promise<void> {
  const random = stage.chance(client)
  const ask = voiceOf(stage, client)
  const { admin } = stage
  for (let number = 0; !stage.isOver(); number++) {
    const name = `${client} ${number}`
    const body = { role: 'viewer', name }
    const made = await ask({
      ...{ what: 'key', about: name, mark: name, method: 'POST', path: '/v1/keys', as: admin, body },
      ...{ again: 'keyed', doubled: random.once(4) },
    })
    if (!isGood(made)) continue
    const { id, key } = bodyOf<{ id: string; key: string }>(made)
    const use = { what: 'key-use', about: id, method: 'GET', path: '/v1/hosts?limit=1', as: key } as const
    const everywhere = async () => {
      for (let at = 0; at < stage.replicas; at++) await ask({ ...use, again: 'as-it-is', at })
    }
    await everywhere()
    await ask({
      ...{ what: 'key-revoke', about: id, method: 'DELETE', path: `/v1/keys/${id}`, as: admin },
      again: 'as-it-is',
    })
    await everywhere()
    await sleep(AFTER_MS)
    await everywhere()
  }
}
