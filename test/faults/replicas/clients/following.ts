import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { Told } from '../history.ts'
import type { Replica } from '../replica.ts'
import type { Stage } from '../stage.ts'

const SHORTEST_MS = 500
const LONGEST_MS = 4000
const AGAIN_MS = 200

export interface Follower {
  readonly told: readonly Told[]
  /** Follows until the run is over. */
  run(): Promise<void>
  /** Reads what is left. */
  drain(): Promise<void>
}

/** Somebody who follows events from the first on, at one replica after the other. */
export function follower(stage: Stage, replicas: readonly Replica[]): Follower {
  const told: Told[] = []
  const random = stage.chance('following')
  const agent = new Agent({ headersTimeout: 60_000, bodyTimeout: 60_000 })
  let last = '0'

  function take(block: string): void {
    last = /^id: (\d+)$/m.exec(block)?.[1] ?? last
    const data = /^data: (.*)$/m.exec(block)?.[1]
    if (data === undefined) return
    const { id, kind, host } = JSON.parse(data) as { id: string; kind: string; host: string | null }
    told.push({ seq: Number(id), kind, host })
  }

  async function read(at: Replica, follow: boolean, signal?: AbortSignal): Promise<number> {
    const path = `/v1/events?follow=${follow}`
    const headers = { authorization: `Bearer ${stage.admin}`, 'last-event-id': last }
    const given = { headers, dispatcher: agent, ...(signal && { signal }) }
    const { statusCode, body } = await request(`${at.url}${path}`, given)
    let rest = ''
    body.setEncoding('utf8')
    for await (const chunk of body) {
      const blocks = (rest + String(chunk)).split('\n\n')
      // What is torn comes again: the id goes with what is whole alone.
      rest = blocks.pop() ?? ''
      if (statusCode === 200) blocks.forEach(take)
    }
    return statusCode
  }

  return {
    told,
    run: async () => {
      for (let turn = 0; !stage.isOver(); turn++) {
        const signal = AbortSignal.timeout(SHORTEST_MS + random.below(LONGEST_MS))
        // It ends as somebody leaves, as the replica dies, or as the database is away: the next one goes on.
        await read(replicas[turn % replicas.length] as Replica, true, signal).catch(() => {})
        await sleep(AGAIN_MS)
      }
    },
    drain: async () => {
      for (const at of replicas) {
        const status = await read(at, false)
        if (status !== 200) throw new Error(`events at the end: ${status}`)
      }
      await agent.destroy()
    },
  }
}
