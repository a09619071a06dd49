import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileSpool, memorySpool, type Message, type Spool } from '../../src/agent/index.ts'
import { scratchFolder } from '../cli/scratch.ts'

const report = (plan: number, phase: 'loaded' | 'executing' | 'refused' | 'failed'): Message => ({
  kind: 'report',
  report: { plan: `plan_${plan}`, phase, boot_id: 'b' },
})
const snapshot = (boot: number, size = 10, proof = false): Message => ({
  kind: 'snapshot',
  boot_id: `boot-${boot}`,
  files: { iomem: 'x'.repeat(size) },
  proof,
})
const nameOf = (m: Message): string =>
  m.kind === 'report' ? `${m.report.plan} ${m.report.phase}` : `snapshot ${m.boot_id}`
const waiting = async (spool: Spool): Promise<string[]> =>
  (await spool.waiting()).map(({ message }) => nameOf(message))

test('what was kept is there after a restart, in order, under the same ids', async () => {
  const path = join(scratchFolder(), 'spool.log')
  const spool = fileSpool(path)
  for (const m of [report(1, 'loaded'), snapshot(1), report(1, 'failed')]) await spool.add(m)
  const before = await spool.waiting()
  expect(await fileSpool(path).waiting()).toEqual(before)
  expect(await waiting(spool)).toEqual(['plan_1 loaded', 'snapshot boot-1', 'plan_1 failed'])
  await spool.done(before[0]?.id ?? '')
  expect(await waiting(fileSpool(path))).toEqual(['snapshot boot-1', 'plan_1 failed'])
  expect(statSync(path).mode % 0o1000).toBe(0o600)
})

test.each<[why: string, first: Message, second: Message, kept: number]>([
  ['the same report', report(1, 'loaded'), report(1, 'loaded'), 1],
  ['another phase', report(1, 'loaded'), report(1, 'executing'), 2],
  ['another plan', report(1, 'loaded'), report(2, 'loaded'), 2],
  ['a plan ends once, in whatever way', report(1, 'refused'), report(1, 'failed'), 1],
  ['the same snapshot', snapshot(1), snapshot(1), 1],
  ['a snapshot of another boot', snapshot(1), snapshot(2), 2],
  ['a snapshot of other memory', snapshot(1, 10), snapshot(1, 11), 2],
])('twice: %s', async (_why, first, second, kept) => {
  const spool = memorySpool()
  const one = await spool.add(first)
  const two = await spool.add(second)
  expect(await spool.waiting()).toHaveLength(kept)
  expect(one?.id === two?.id).toBe(kept === 1)
})

test('a report that was taken is not said again, also not after a restart; a snapshot is', async () => {
  const path = join(scratchFolder(), 'spool.log')
  const spool = fileSpool(path)
  for (const m of [report(1, 'failed'), snapshot(1)]) await spool.done((await spool.add(m))?.id ?? '')
  for (const again of [spool, fileSpool(path)]) {
    expect(await again.add(report(1, 'failed'))).toBeNull()
    expect(await again.add(report(1, 'refused'))).toBeNull()
  }
  expect(await spool.add(snapshot(1))).not.toBeNull()
})

test('too many: the oldest that ends no plan goes first, and the next report tells', async () => {
  const path = join(scratchFolder(), 'spool.log')
  const limits = { messages: 3, bytes: 10_000 }
  const spool = fileSpool(path, undefined, limits)
  for (const m of [report(1, 'failed'), report(2, 'loaded'), snapshot(1), snapshot(2)]) await spool.add(m)
  expect(await waiting(spool)).toEqual(['plan_1 failed', 'snapshot boot-1', 'snapshot boot-2'])
  const again = fileSpool(path, undefined, limits)
  expect(await waiting(again)).toEqual(['plan_1 failed', 'snapshot boot-1', 'snapshot boot-2'])
  const told = await again.add(report(3, 'failed'))
  expect(told).toMatchObject({
    told: 1,
    message: { report: { detail: 'messages given up before this one, the spool being full: 1' } },
  })
  // It had to make room itself: the next one tells of that.
  expect(await again.add(report(4, 'failed'))).toMatchObject({ told: 1 })
  expect(await waiting(again)).toEqual(['plan_1 failed', 'plan_3 failed', 'plan_4 failed'])
})

test('only ends are left: the oldest of them goes, and what it told is told again', async () => {
  const spool = memorySpool({ messages: 1, bytes: 10_000 })
  await spool.add(report(1, 'failed'))
  await spool.add(report(2, 'failed'))
  expect(await spool.add(report(3, 'failed'))).toMatchObject({ told: 1 })
  expect(await spool.add(report(4, 'failed'))).toMatchObject({ told: 1 })
  expect(await spool.add(report(5, 'failed'))).toMatchObject({ told: 2 })
  expect(await waiting(spool)).toEqual(['plan_5 failed'])
})

test('too large: bytes count too, and a proof outlives a snapshot that proves nothing', async () => {
  const spool = memorySpool({ messages: 100, bytes: 3000 })
  for (const m of [snapshot(1, 1000, true), snapshot(2, 1000), snapshot(3, 1000)]) await spool.add(m)
  expect(await waiting(spool)).toEqual(['snapshot boot-1', 'snapshot boot-3'])
})

test('the file stays bounded however much goes through it, and forgets nothing that waits', async () => {
  const path = join(scratchFolder(), 'spool.log')
  const spool = fileSpool(path)
  await spool.add(report(0, 'failed'))
  for (let n = 1; n <= 12; n++) await spool.done((await spool.add(snapshot(n, 1024 * 1024)))?.id ?? '')
  await spool.done((await spool.add(report(1, 'failed')))?.id ?? '')
  expect(readFileSync(path).length).toBeLessThan(6 * 1024 * 1024)
  const again = fileSpool(path)
  expect(await waiting(again)).toEqual(['plan_0 failed'])
  expect(await again.add(report(1, 'failed'))).toBeNull()
})
