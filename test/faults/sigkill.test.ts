import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../database.ts'
import { randomOf } from '../fuzz/random.ts'
import { built, startProcess, type Built } from './own-process.ts'
import { rawDatabase } from './raw-database.ts'
import { busy, call, type Asked, type Client } from './sigkill/clients.ts'
import { verdictOn } from './sigkill/judge.ts'
import { ASKED, keepTally } from './tally.ts'

const LONG_RUN = 24 * 60 * 60 * 1000
const CLIENTS = 4
/** From when all of them are busy. Units: milliseconds. */
const LATEST_KILL_MS = 2000

let build: Built
let database: TestDatabase
beforeAll(async () => {
  build = await built()
  database = await freshDatabase()
}, LONG_RUN)
afterAll(async () => {
  await database.drop()
  build.remove()
})

const ADMIN = `berth_admin_kills_${'0123456789abcdef'.repeat(4)}`

async function enrolled(url: string, name: string): Promise<Client> {
  const token = await call(url, { ...post('/v1/enrollment-tokens', {}), as: ADMIN, marker: `${name}-token` })
  const body = { machine_id: name, hostname: name, arch: 'x86_64', hardware_model: 'm' }
  const answer = await call(url, {
    ...post('/v1/agent/enroll', { ...body, token: (token.body as { token?: string }).token }),
    ...{ as: 'nobody', marker: `${name}-enroll` },
  })
  const { host = '', credential = '' } = answer.body as { host?: string; credential?: string }
  return { host, credential }
}
const post = (path: string, body: object) => ({ method: 'POST', path, body })

test(
  'what was acknowledged outlives SIGKILL, whole and once; what was not is whole or not there',
  async () => {
    const { seed, kills } = ASKED
    const random = randomOf(seed)
    const began = performance.now()
    const asked: Asked[] = []
    const failures: string[] = []
    let unanswered = 0
    for (let round = 0; round < kills; round++) {
      const service = await startProcess(build, { ...database.environment, BERTH_ADMIN_KEY: ADMIN })
      const names = Array.from({ length: CLIENTS }, (_, i) => `s${seed}r${round}c${i}`)
      const clients = await Promise.all(names.map((name) => enrolled(service.url, name)))
      const own: Asked[] = []
      const work = clients.map((client, i) =>
        busy(
          service.url,
          { client, admin: ADMIN, name: names[i] ?? '', random: randomOf(random.below(2 ** 31)) },
          own,
        ),
      )
      await sleep(random.below(LATEST_KILL_MS))
      await service.kill()
      await Promise.all(work)
      asked.push(...own)

      const again = await startProcess(build, { ...database.environment, BERTH_ADMIN_KEY: ADMIN })
      try {
        const raw = await rawDatabase(database.url)
        failures.push(...(await raw.faults()), ...allOf(verdictOn(asked, await raw.dump())))
        // Whoever got no answer asks again under the same key; whoever got one is told the same.
        const repeatable = own.filter(({ kind }) => kind !== 'pin')
        const due = [...repeatable.filter(({ answer }) => answer === null), ...repeatable.slice(0, 3)]
        unanswered += own.filter(({ answer }) => answer === null).length
        for (const one of due) {
          const answer = await one.repeat(again.url)
          const isSame = one.answer === null || one.answer.body.id === answer.body.id
          if (!isSame) failures.push(`${one.marker} was told as another one`)
          asked[asked.indexOf(one)] = { ...one, answer }
        }
        failures.push(...allOf(verdictOn(asked, await raw.dump())))
        await raw.close()
      } finally {
        await again.stop()
      }
    }
    const acknowledged = asked.filter(({ answer }) => answer !== null && answer.status < 300).length
    keepTally({
      ...{ kind: 'sigkill', seed, seconds: (performance.now() - began) / 1000, kills, faults: 0 },
      ...{ requests: asked.length, acknowledged, doubleGrants: 0 },
      lost: failures.filter((one) => one.startsWith('lost ')).length,
      wrong: failures.filter((one) => !one.startsWith('lost ')).length,
      remarks: [`${CLIENTS} clients at once; ${unanswered} of their requests were cut off by a kill`],
    })
    expect(failures.map((one) => ({ seed, one }))).toEqual([])
    expect(acknowledged).toBeGreaterThan(0)
  },
  LONG_RUN,
)

function allOf({ lost, wrong }: ReturnType<typeof verdictOn>): string[] {
  return [...lost.map((one) => `lost ${one}`), ...wrong]
}
