import { isGood } from '../history.ts'
import type { Stage } from '../stage.ts'
import { enrolled, posted } from './enrolled.ts'

const BOOTS = 3

/** Machines that come one after the other, and post a few boots each, some with a plan in the same request. */
export async function enrolling(stage: Stage, client: string): Promise<void> {
  const random = stage.chance(client)
  for (let machine = 0; !stage.isOver(); machine++) {
    const host = await enrolled(stage, client, `${client}-${machine}`)
    if (!host) continue
    for (let boot = 0; boot < BOOTS && !stage.isOver(); boot++) {
      const plan = random.once(2) ? { plan: stage.entry } : {}
      const one = await posted(stage, client, host, `${client}-${machine}-${boot}`, plan)
      if (!isGood(one)) break
      await stage.think(random)
    }
  }
}
