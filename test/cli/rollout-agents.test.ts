import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { agentEnrollCommand } from '../../src/cli/agent-enroll.ts'
import { agentOnceCommand } from '../../src/cli/agent-once.ts'
import { HOSTS } from '../capture.ts'
import { startApi } from '../http/api.ts'
import { createEntry, createRollout } from '../http/fixtures.ts'
import { voices } from '../http/rolling.ts'
import { recordedIo } from './recorded-io.ts'
import { UNHURRIED } from './remote-berth.ts'
import { scratchFolder } from './scratch.ts'

const CAPTURES = ['x86_64-seabios-2g', 'x86_64-seabios-4g-nokaslr']

test('agents of emulated hosts go one after the other, as the rollout grants it, and land', async () => {
  const api = await startApi({ config: UNHURRIED })
  onTestFinished(() => api.close())
  const hosts: { id: string; once: () => Promise<{ applied: string | null }> }[] = []
  for (const capture of CAPTURES) {
    const token = { method: 'post', path: '/v1/enrollment-tokens', as: api.admin, body: {} }
    const identity = join(scratchFolder(), 'identity.json')
    const emulate = join(HOSTS, capture)
    const asked = { server: api.url, token: (await api.call(token)).body.token as string, identity, emulate }
    const io = recordedIo()
    expect([await agentEnrollCommand(asked, io), io.stderr()]).toEqual([0, ''])
    const once = async () => {
      const io = recordedIo()
      await agentOnceCommand({ identity, emulate, wait: 0 }, io)
      return JSON.parse(io.stdout()) as { applied: string | null }
    }
    hosts.push({ id: io.stdout().trim(), once })
  }
  const boot_entry = await createEntry(api, 'x86_64-seabios-2g', {
    version: '6.1.0',
    options: 'root=/dev/vda1 nokaslr',
  })
  const selector = { hosts: hosts.map(({ id }) => id) }
  const spec = { selector, boot_entry, waves: [{ count: 1 }], soak_seconds: 0 }
  const [one, two] = hosts
  const draft = await createRollout(api, spec, true)
  const v = voices(api)
  expect(await two?.once()).toMatchObject({ applied: null })
  expect(await one?.once()).toMatchObject({ applied: 'jumped', landing: { verdict: 'landed' } })
  expect((await v.standing(draft)).wave).toBe(2)
  expect(await two?.once()).toMatchObject({ applied: 'jumped', landing: { verdict: 'landed' } })
  expect(await v.standing(draft)).toMatchObject({ state: 'done', counts: { landed: 2 } })
  expect((await v.get('/leases')).items).toEqual([])
})
