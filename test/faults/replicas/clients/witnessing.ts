import { setTimeout as sleep } from 'node:timers/promises'
import { voiceOf, type Stage } from '../stage.ts'

const AGAIN_MS = 400

/** Somebody who keeps the newest entry of the audit, as each replica in turn tells it. */
export async function witnessing(stage: Stage, client: string): Promise<void> {
  const ask = voiceOf(stage, client)
  const look = {
    what: 'head',
    about: 'audit',
    method: 'GET',
    path: '/v1/audit/head',
    as: stage.admin,
  } as const
  for (let turn = 0; !stage.isOver(); turn++) {
    await ask({ ...look, again: 'as-it-is', at: turn % stage.replicas })
    await sleep(AGAIN_MS)
  }
}
