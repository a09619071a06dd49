import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { createEntry, createKey, createRollout, enroll, plannedHost, type EnrolledHost } from '../fixtures.ts'
import { scrape, valuesOf } from '../exposition.ts'
import { rolling, voices } from '../rolling.ts'

const ALL = { waves: [{ percent: 100 }] }

describe('metrics', () => {
  let api: Api
  let v: ReturnType<typeof voices>
  beforeAll(async () => {
    api = await startApi()
    v = voices(api)
  })
  afterAll(() => api.close())

  test('from the start every value that is known shows a 0, under a name, a type and words', async () => {
    const families = await scrape(api, await createKey(api, 'viewer'))
    for (const [name, { help, type, samples }] of families) {
      expect([name, type]).toEqual([name, expect.stringMatching(/^(counter|gauge|histogram|summary)$/)])
      expect(help.length).toBeGreaterThan(10)
      if (type === 'counter') expect(name).toMatch(/_total$/)
      if (name.startsWith('berth_') && name.includes('duration')) expect(name).toMatch(/_seconds$/)
      // Nobody has enrolled a host, so there are no pools.
      if (name.startsWith('berth_') && !name.startsWith('berth_lease'))
        expect([name, samples.length]).not.toEqual([name, 0])
    }
    const codes = families.get('berth_problems_total')?.samples.map(({ labels }) => labels['code'])
    expect(codes).toEqual(expect.arrayContaining(['no-hole', 'internal', 'too-many-requests']))
    const routes = families.get('berth_http_requests_total')?.samples.map(({ labels }) => labels)
    expect(routes).toContainEqual({ method: 'POST', route: '/v1/hosts/:hostId/plans', status: '201' })
    const states = families.get('berth_plans')?.samples.map(({ labels }) => labels['state'])
    expect(states).toEqual(expect.arrayContaining(['planned', 'landed', 'refused']))
    expect(valuesOf(families, 'berth_hosts')).toEqual({})
    expect(families.has('process_cpu_seconds_total')).toBe(true)
    expect(Object.keys(valuesOf(families, 'berth_build_info'))).toEqual([
      expect.stringMatching(/^version=\d+\.\d+\.\d+ node_version=v\d+\.\d+\.\d+$/),
    ])
  })

  test('hosts, plans, rollouts and leases are counted as they stand in the database', async () => {
    const { host, entry } = await plannedHost(api)
    const out = await enroll(api, { arch: 'arm64', machine_id: 'left-alone' })
    await enroll(api, { arch: 'arm64', machine_id: 'left-alone' })
    const body = { opt_out: { reason: 'a disk' } }
    const path = `/v1/hosts/${host.id}`
    await api.call({ method: 'patch', path, as: api.admin, headers: { 'if-match': '*' }, body })
    const { hosts } = await rolling(api, 2, ALL)
    await v.jump(hosts[0] as EnrolledHost)
    await createRollout(api, { selector: { hosts: [host.id] }, boot_entry: entry })
    const families = await scrape(api)
    expect(valuesOf(families, 'berth_hosts')).toEqual({
      'state=active arch=x86_64': 3,
      'state=quarantined arch=arm64': 1,
    })
    expect(valuesOf(families, 'berth_hosts_opted_out')).toEqual({ '': 1 })
    expect(valuesOf(families, 'berth_plans')).toEqual({ 'state=planned': 1, 'state=executing': 1 })
    expect(valuesOf(families, 'berth_rollouts')).toEqual({ 'state=draft': 1, 'state=running': 1 })
    expect(valuesOf(families, 'berth_rollout_hosts')).toEqual({ 'state=waiting': 1, 'state=rebooting': 1 })
    expect(valuesOf(families, 'berth_leases_held')).toEqual({ 'pool=default': 1 })
    expect(valuesOf(families, 'berth_lease_slots')).toEqual({ 'pool=default': expect.any(Number) })
    expect(valuesOf(families, 'berth_snapshots')).toEqual({ '': 3 })
    expect(valuesOf(families, 'berth_pins')).toEqual({ 'purpose=reboot': expect.any(Number) })
    expect(valuesOf(families, 'berth_pin_changes')).toEqual({ 'change=set': expect.any(Number) })
    const text = JSON.stringify([...families])
    for (const { id } of [host, out, ...hosts]) expect(text).not.toContain(id)
  })

  test('a halted rollout is one, a lease whose term has ended is none', async () => {
    const { rollout } = await rolling(api, 1, { ...ALL, pool: 'other' })
    await v.tell(rollout, 'halt')
    expect(valuesOf(await scrape(api), 'berth_rollouts')).toMatchObject({ 'state=halted': 1 })
    v.at(365 * 24 * 3600 * 1000)
    expect(valuesOf(await scrape(api), 'berth_leases_held')).toEqual({})
  })

  test('requests are counted under the route of the contract, problems under their code', async () => {
    const before = await scrape(api)
    await createEntry(api)
    await api.call({ method: 'get', path: '/v1/hosts/nobody', as: api.admin })
    await api.call({ method: 'get', path: '/v1/nowhere', as: api.admin })
    const after = await scrape(api)
    const grown = (name: string, labels: string) =>
      (valuesOf(after, name)[labels] ?? 0) - (valuesOf(before, name)[labels] ?? 0)
    const requests = 'berth_http_requests_total'
    expect(grown(requests, 'method=POST route=/v1/boot-entries status=201')).toBe(1)
    expect(grown(requests, 'method=GET route=/v1/hosts/:hostId status=400')).toBe(1)
    expect(grown(requests, 'method=GET route=none status=404')).toBe(1)
    expect(grown(requests, 'method=GET route=/metrics status=200')).toBe(1)
    expect(grown('berth_problems_total', 'code=invalid-input')).toBe(1)
    expect(grown('berth_problems_total', 'code=no-such-route')).toBe(1)
    const count = 'berth_http_request_duration_seconds_count'
    expect(grown(count, 'method=POST route=/v1/boot-entries')).toBe(1)
    expect(grown('berth_database_write_wait_seconds_count', '')).toBeGreaterThan(0)
  })

  test('an agent that waits is one, until it is answered', async () => {
    const { host, plan } = await plannedHost(api)
    const asked = v.ask(host, 30)
    const waiting = async () => valuesOf(await scrape(api), 'berth_agents_waiting')
    await expect.poll(waiting, { timeout: 20_000 }).toEqual({ '': 1 })
    await api.call({ method: 'post', path: `/v1/plans/${plan}/assign`, as: api.admin })
    await asked
    await expect.poll(waiting, { timeout: 20_000 }).toEqual({})
  })

  test('two services in one process do not share their counters', async () => {
    const other = await startApi()
    const codes = valuesOf(await scrape(other), 'berth_problems_total')
    expect(codes).toEqual({})
    expect(valuesOf(await scrape(other), 'berth_hosts')).toEqual({})
    await other.close()
  })

  test('no cache keeps them', async () => {
    const { headers } = await api.call({ method: 'get', path: '/metrics', as: api.admin })
    expect([headers['cache-control'], headers['etag']]).toEqual(['no-store', undefined])
  })
})
