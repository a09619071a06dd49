import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BLOB_FILES } from '../../src/planner/index.ts'
import { planCommand } from '../../src/cli/plan.ts'
import type { PolicyRules } from '../../src/wire/policy.ts'
import type { NewSnapshot } from '../../src/wire/snapshot.ts'
import type { PlacedPlan } from '../../src/wire/plan.ts'
import { HOSTS } from '../capture.ts'
import { startApi, type Api } from '../http/api.ts'
import {
  ARM64,
  bootedAt,
  createEntry,
  enroll,
  post,
  snapshotOf,
  type EnrolledHost,
} from '../http/fixtures.ts'
import { recordedIo } from './recorded-io.ts'
import { scratchFolder } from './scratch.ts'

const OPTIONS = 'console=ttyS0 nokaslr'
const RULES: PolicyRules = {
  on_broken: 'strict',
  headroom: { kernel: { bytes: 4194304, percent: 10 } },
  random: ['initrd'],
}

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const get = async (path: string) => (await api.call({ method: 'get', path, as: api.admin })).body
const planOf = async ({ id }: EnrolledHost, boot_entry: string): Promise<PlacedPlan> => {
  const path = `/v1/hosts/${id}/plans`
  const made = await api.call({ method: 'post', path, as: api.admin, body: { boot_entry } })
  expect(made.status).toBe(201)
  return made.body as PlacedPlan
}

/** The agent takes the plan and jumps; its next boot shows the kernel where it was planned, and the tree kept. */
async function bootBy(host: EnrolledHost, { id, body }: PlacedPlan): Promise<NewSnapshot> {
  await api.call({ method: 'post', path: `/v1/plans/${id}/assign`, as: api.admin })
  for (const phase of ['loaded', 'executing']) {
    const told = { plan: id, phase, boot_id: 'boot-1' }
    await api.call({ method: 'post', path: '/v1/agent/reports', as: host.credential, body: told })
  }
  const { boot_id, files } = bootedAt(ARM64, Number(body.expected.kernel_code[0]), { cmdline: OPTIONS })
  const tree = body.segments.find((segment) => segment.kind === 'dtb')
  if (!tree) throw new Error('an arm64 plan has a tree')
  const kept = { ...files, 'memblock-reserved': withReserved(files['memblock-reserved'] ?? '', tree) }
  return { boot_id, files: kept }
}

function withReserved(list: string, { mem, memsz }: { mem: string; memsz: number }): string {
  const hex = (n: number) => `0x${n.toString(16).padStart(16, '0')}`
  const line = `${hex(Number(mem))}..${hex(Number(mem) + memsz - 1)}`
  const lines = list.split('\n').flatMap((text) => /0x.*/.exec(text)?.[0] ?? [])
  return [...lines, line]
    .sort()
    .map((text, i) => `${String(i).padStart(4)}: ${text}\n`)
    .join('')
}

function folderOf({ boot_id, files }: NewSnapshot): string {
  const dir = scratchFolder()
  for (const [name, content] of Object.entries({ ...files, 'boot-id': `${boot_id}\n` })) {
    const blob = BLOB_FILES.some((known) => known === name)
    const file = name === 'fdt' ? 'fdt.dtb' : name === 'boot-params' ? 'boot_params.bin' : `${name}.txt`
    writeFileSync(join(dir, file), blob ? Buffer.from(content, 'base64') : content)
  }
  return dir
}

function fileOf(content: unknown): string {
  const path = join(scratchFolder(), 'answer.json')
  writeFileSync(path, JSON.stringify(content))
  return path
}

function offline(capture: NewSnapshot, size: number, more: readonly string[]): string {
  const io = recordedIo()
  const kernel = ['--kernel', join(HOSTS, ARM64, 'kernel-header.bin'), '--kernel-size', String(size)]
  const argv = ['--capture', folderOf(capture), ...kernel, '--cmdline', OPTIONS, '--json', ...more]
  expect([planCommand(argv, io), io.stderr()]).toEqual([0, ''])
  return io.stdout().trimEnd()
}

test('a strict host with headroom, booted by plans: what was planned online is planned offline, byte for byte', async () => {
  const host = await enroll(api, { arch: 'arm64' })
  const scope = `/v1/policies/host:${host.id}`
  await api.call({ method: 'put', path: scope, as: api.admin, body: { rules: RULES, reason: 'test' } })
  const entry = await createEntry(api, ARM64, { initrd: null, options: OPTIONS })
  const size = (await get(`/v1/boot-entries/${entry}`)).linux.size as number

  const first = snapshotOf(ARM64)
  await post(api, host, first)
  const cold = await planOf(host, entry)
  const second = await bootBy(host, cold)
  expect((await post(api, host, second)).landing?.verdict).toBe('landed')
  const pins = fileOf(await get(`/v1/hosts/${host.id}/pins`))
  const warm = await planOf(host, entry)
  const policy = ['--policy', fileOf(warm.body.inputs.policy)]
  const given = ['--pins', pins, '--history', folderOf(first), ...policy]
  const booted = fileOf(cold)
  expect(offline(second, size, [...given, '--booted', booted])).toBe(JSON.stringify(warm.body))
  expect(warm.body.inputs).toMatchObject({ policy: { on_broken: 'strict' }, ground: { boots: 1 } })

  const third = snapshotOf(ARM64, 'boot-3')
  await post(api, host, third)
  const later = await planOf(host, entry)
  const drawn = ['--policy', fileOf(later.body.inputs.policy), '--pins', pins]
  const older = ['--history', folderOf(first)]
  const warmBoot = folderOf(second)
  expect(offline(third, size, [...drawn, '--history', `${warmBoot}=${booted}`, ...older])).toBe(
    JSON.stringify(later.body),
  )
  expect(offline(third, size, [...drawn, '--history', warmBoot, ...older])).not.toBe(
    JSON.stringify(later.body),
  )
})
