import { document, type Api } from '../../http/api.ts'
import { bootedAt, createPlan, enroll, plannedHost, post, snapshotOf, X86 } from '../../http/fixtures.ts'
import { buildWorld } from '../../http/world.ts'

const ANY = { 'if-match': '*' }

/**
 * A service that was in use: one of everything, a plan that has landed, one that waits for its agent, a host that
 * went through a rollout, an answer that may be asked for again. What this release's contract does not have is left out.
 */
export async function lived(api: Api): Promise<void> {
  await buildWorld(api)
  const admin = async (
    method: string,
    path: string,
    body: object = {},
    headers: Record<string, string> = {},
  ) => {
    const answer = await api.call({ method, path, as: api.admin, body, headers })
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`)
    return answer
  }
  const has = (path: string) => path in document.paths
  await admin('post', '/v1/keys', { role: 'viewer', name: 'twice' }, { 'idempotency-key': 'once' })

  const { host, plan, entry } = await plannedHost(api, { initrd: null })
  await admin('post', `/v1/plans/${plan}/assign`)
  const jump = async (credential: string, going: string) => {
    for (const phase of ['loaded', 'executing']) {
      const body = { plan: going, phase, boot_id: 'boot-1' }
      await api.call({ method: 'post', path: '/v1/agent/reports', as: credential, body })
    }
    const { body } = await api.call({ method: 'get', path: `/v1/plans/${going}`, as: api.admin })
    return Number(body.body.expected.kernel_code[0])
  }
  const at = await jump(host.credential, plan)
  api.clock.now = new Date(api.clock.now.getTime() + 90_000)
  const { landing } = await post(api, host, bootedAt(X86, at))
  if (landing?.verdict !== 'landed') throw new Error(`it has not landed: ${JSON.stringify(landing)}`)
  const next = await createPlan(api, host, { boot_entry: entry })
  await admin('post', `/v1/plans/${next}/assign`)

  if (has('/v1/groups/{group}/pins/{purpose}/{segment}')) {
    const pin = { mem: '0x40000000', room: 16_777_216, reason: 'the same everywhere' }
    await admin('put', '/v1/groups/calibrated/pins/reboot/kernel', pin, ANY)
  }
  if (!has('/v1/rollouts')) return
  const member = await enroll(api, { machine_id: 'member-of-a-rollout' })
  await post(api, member, snapshotOf(X86))
  const spec = { name: 'a kernel', selector: { hosts: [member.id] }, boot_entry: entry }
  const rollout = (await admin('post', '/v1/rollouts', { ...spec, health: [{ id: 'smoke', kind: 'hook' }] }))
    .body
  const tell = (command: string, more: object = {}) =>
    admin('post', `/v1/rollouts/${rollout.id}/${command}`, { reason: 'as planned', ...more })
  await tell('submit')
  await tell('halt')
  await tell('acknowledge')
  await admin('put', '/v1/lease-pools/default', { slots: 5, ttl_seconds: 3600, reason: 'several' }, ANY)
  await admin('post', `/v1/rollouts/${rollout.id}/health`, { gate: 'smoke', verdict: 'pass', detail: 'well' })
  const asked = await api.call({ method: 'get', path: '/v1/agent/assignment', as: member.credential })
  const granted = asked.body.plan.id as string
  const landedAt = await jump(member.credential, granted)
  await post(api, member, bootedAt(X86, landedAt))
}
