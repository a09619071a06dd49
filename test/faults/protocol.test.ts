import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listenerOf, PATIENCE } from '../../src/http/listener/listener.ts'
import { randomOf } from '../fuzz/random.ts'
import { mould, type Mould } from './mould.ts'
import { alone } from './protocol/alone.ts'
import { leaving } from './protocol/cut-off.ts'
import { garbled } from './protocol/garbled.ts'
import { newLedger, settled, type Ledger } from './protocol/ledger.ts'
import { malformed } from './protocol/malformed.ts'
import { oversized, SMALL } from './protocol/oversized.ts'
import { pipelined } from './protocol/pipelined.ts'
import { replayed } from './protocol/replayed.ts'
import { besideSlow, letGo } from './protocol/slow.ts'
import { bystander, fillWorld, storedIn, type Stage, type World } from './protocol/stage.ts'
import { ASKED, keepTally } from './tally.ts'

const LONG_RUN = 24 * 60 * 60 * 1000
/** How many slow clients of each sort. */
const SLOW = ASKED.isLong ? 50 : 10
/** Little, but enough for who does nothing wrong on a machine that is busy. */
const LITTLE = { ...PATIENCE, headers: 4000, request: 5000, silence: 6000, look: 50 }

let service: Mould<World>
beforeAll(async () => {
  service = await mould(fillWorld)
}, LONG_RUN)
afterAll(() => service.close())

/** One service, and everything that is done to it; at its end what is stored is what was acknowledged. */
async function onOne(
  options: Parameters<Mould<World>['cast']>[0],
  { ledger, seed, marks }: { ledger: Ledger; seed: number; marks: Set<string> },
  work: (stage: Stage) => Promise<void>,
): Promise<string[]> {
  const cast = await service.cast(options)
  try {
    const named = (what: string): string => {
      const name = `${what}-${seed}-${marks.size}`
      marks.add(name)
      return name
    }
    const before = await storedIn(cast.url, service.world)
    const own = { ...newLedger(), possible: new Set(before) }
    const stage = { url: cast.url, world: service.world, ledger: own, random: randomOf(seed), named }
    await work(stage)
    await bystander(stage, 2)
    const { lost, wrong } = settled(own, await storedIn(cast.url, service.world))
    ledger.faults += own.faults
    ledger.requests += own.requests
    ledger.doubleGrants += own.doubleGrants
    own.acknowledged.forEach((mark) => ledger.acknowledged.add(mark))
    ledger.wrong.push(...own.wrong, ...wrong, ...cast.errors)
    return [...lost]
  } finally {
    await cast.close()
  }
}

test(
  'what is no good HTTP is refused by itself, and nobody else is kept from his answer',
  async () => {
    const { seed, perEndpoint } = ASKED
    const began = performance.now()
    const ledger = newLedger()
    const given = { ledger, seed, marks: new Set<string>() }
    const rounds = Math.ceil(perEndpoint / 2)
    const lost = [
      ...(await onOne({}, given, async (stage) => {
        for (const one of malformed(service.world.admin)) await alone(stage, one)
        for (let round = 0; round < rounds; round++) {
          await Promise.all([pipelined, pipelined, leaving, leaving, replayed].map((one) => one(stage)))
          await Promise.all(Array.from({ length: 4 }, () => garbled(stage)))
        }
        await besideSlow(stage, SLOW)
      })),
      ...(await onOne({ config: SMALL }, given, oversized)),
      ...(await onOne({ listener: listenerOf({ patience: LITTLE }) }, given, letGo)),
    ]
    const { faults, requests, doubleGrants, acknowledged, wrong } = ledger
    keepTally({
      ...{ kind: 'protocol', seed, seconds: (performance.now() - began) / 1000, kills: 0, faults, requests },
      ...{ acknowledged: acknowledged.size, lost: lost.length, doubleGrants, wrong: wrong.length },
      remarks: [
        `${malformed('').length} sorts of malformed requests; ${SLOW} slow clients of each sort at once`,
      ],
    })
    expect({ seed, lost, wrong, doubleGrants }).toEqual({ seed, lost: [], wrong: [], doubleGrants: 0 })
    expect(acknowledged.size).toBeGreaterThan(0)
  },
  LONG_RUN,
)

test('a service that leaves all of that to Node is found out', async () => {
  const bare = createServer({ keepAliveTimeout: 10 }, (_request, response) => response.end('{}'))
  await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve))
  const { port } = bare.address() as { port: number }
  const found: string[] = []
  for (const one of malformed('nobody')) {
    const ledger = newLedger()
    await alone({ url: `http://127.0.0.1:${port}`, ledger, random: randomOf(1) }, one)
    if (ledger.wrong.length > 0) found.push(one.why)
  }
  bare.closeAllConnections()
  await new Promise((resolve) => bare.close(resolve))
  expect(found).toEqual(
    expect.arrayContaining(['two hosts', 'an encoding beside chunks', 'a line without a version']),
  )
})
