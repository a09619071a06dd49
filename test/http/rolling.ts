import type { Api } from './api.ts'
import { createRollout, createEntry, enroll, post, snapshotOf, X86, type EnrolledHost } from './fixtures.ts'

export const MINUTE_MS = 60_000

/** Hosts that have posted a snapshot, and a rollout of all of them that has been handed in. */
export interface Rolling {
  readonly hosts: readonly EnrolledHost[]
  readonly rollout: string
  readonly entry: string
}

export async function rolling(api: Api, count: number, spec: object = {}): Promise<Rolling> {
  const hosts: EnrolledHost[] = []
  for (let i = 0; i < count; i++) {
    const host = await enroll(api)
    await post(api, host, snapshotOf(X86))
    hosts.push(host)
  }
  const entry = await createEntry(api, X86, { initrd: null })
  const selector = { hosts: hosts.map((host) => host.id) }
  return { hosts, entry, rollout: await createRollout(api, { selector, boot_entry: entry, ...spec }, true) }
}

/** What people and agents say to one service. */
export function voices(api: Api) {
  const get = async (path: string) =>
    (await api.call({ method: 'get', path: `/v1${path}`, as: api.admin })).body
  const ask = (host: EnrolledHost, wait = 0) =>
    api.call({ method: 'get', path: `/v1/agent/assignment?wait=${wait}`, as: host.credential })
  const say = (host: EnrolledHost, plan: string, phase: string, detail?: string) =>
    api.call({
      method: 'post',
      path: '/v1/agent/reports',
      as: host.credential,
      body: { plan, phase, boot_id: 'boot-1', ...(detail !== undefined && { detail }) },
    })
  return {
    get,
    ask,
    say,
    tell: (rollout: string, command: string, more: object = {}, as = api.admin) =>
      api.call({
        method: 'post',
        path: `/v1/rollouts/${rollout}/${command}`,
        as,
        body: { reason: 'test', ...more },
      }),
    standing: (rollout: string) => get(`/rollouts/${rollout}`),
    memberOf: async (rollout: string, host: EnrolledHost) =>
      (await get(`/rollouts/${rollout}/members`)).items.find((m: { host: string }) => m.host === host.id),
    /** Takes a granted host as far as its jump. */
    jump: async (host: EnrolledHost) => {
      const plan = (await ask(host)).body.plan.id as string
      await say(host, plan, 'loaded')
      const answer = await say(host, plan, 'executing')
      return { plan, answer }
    },
    at: (ms: number) => {
      api.clock.now = new Date(api.clock.now.getTime() + ms)
    },
  }
}
