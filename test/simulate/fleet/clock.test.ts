import { expect, test } from 'vitest'
import { virtualClock } from '../../../src/simulate/fleet/clock.ts'

const START = 1_000_000

test('time jumps from one sleeper to the next, and two of one time wake in their order', async () => {
  const clock = virtualClock({ start: START, slackMs: 0 })
  const seen: string[] = []
  const sleeper = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms)
    seen.push(`${name} at ${clock.now() - START}`)
  }
  const all = Promise.all([sleeper('c', 3_600_000), sleeper('a', 5), sleeper('b', 5), sleeper('at once', 0)])
  await clock.run(() => seen.length === 4)
  await all
  expect(seen).toEqual(['at once at 0', 'a at 5', 'b at 5', 'c at 3600000'])
})

test('many sleepers wake in the order of their times', async () => {
  const clock = virtualClock({ start: START, slackMs: 0 })
  const times = Array.from({ length: 200 }, (_, i) => (i * 7919) % 1000)
  const woken: number[] = []
  for (const ms of times) void clock.sleep(ms).then(() => woken.push(ms))
  await clock.run(() => woken.length === times.length)
  expect(woken).toEqual([...times].sort((a, b) => a - b))
})

test('with slack, whoever is due within it wakes together, never early', async () => {
  const clock = virtualClock({ start: START, slackMs: 100 })
  const seen: [name: string, at: number][] = []
  for (const ms of [10, 60, 110, 111])
    void clock.sleep(ms).then(() => seen.push([`${ms}`, clock.now() - START]))
  await clock.run(() => seen.length === 4)
  expect(seen).toEqual([
    ['10', 110],
    ['60', 110],
    ['110', 110],
    ['111', 211],
  ])
})

test('while something is held, time stands still', async () => {
  const clock = virtualClock({ start: START, slackMs: 0 })
  const release = clock.hold('a question')
  let isAwake = false
  void clock.sleep(1).then(() => (isAwake = true))
  const ran = clock.run(() => isAwake)
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  expect(isAwake).toBe(false)
  expect(clock.now()).toBe(START)
  release()
  await ran
  expect(clock.now()).toBe(START + 1)
})

test('what is parked does not hold time up, and holds it again when it wakes', async () => {
  const clock = virtualClock({ start: START, slackMs: 0 })
  const release = clock.hold('a question that waits')
  const seen: string[] = []
  clock.park(50, () => seen.push('parked'))
  void clock.sleep(60).then(() => seen.push('sleeper'))
  const ran = clock.run(() => seen.includes('sleeper'))
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  expect(seen).toEqual(['parked'])
  expect(clock.now()).toBe(START + 50)
  release()
  await ran
  expect(seen).toEqual(['parked', 'sleeper'])
})

test('what is called back from a park never wakes, and time stands still for it at once', async () => {
  const clock = virtualClock({ start: START, slackMs: 0 })
  const release = clock.hold('a question that waits')
  const seen: string[] = []
  const callBack = clock.park(50, () => seen.push('parked'))
  callBack()
  callBack()
  void clock.sleep(60).then(() => seen.push('sleeper'))
  const ran = clock.run(() => seen.length > 0)
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  expect(seen).toEqual([])
  release()
  await ran
  expect(seen).toEqual(['sleeper'])
})

test('a time when nobody sleeps any more is an error, and so is what fails at a time', async () => {
  const clock = virtualClock({ start: START, slackMs: 0 })
  await expect(clock.run(() => false)).rejects.toThrow('nobody sleeps')
  clock.at(START + 5, () => Promise.reject(new Error('as planned')))
  void clock.sleep(10)
  await expect(clock.run(() => false)).rejects.toThrow('as planned')
})
