import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { SERVER } from '../database.ts'
import { builtCheckout } from '../docs/checkout.ts'
import { randomOf } from '../fuzz/random.ts'
import { FAULTS, faultsOf } from './replicas/faults.ts'
import { runReplicas } from './replicas/run.ts'
import { ASKED, keepTally } from './tally.ts'

const LONG_RUN = 6 * 60 * 60 * 1000

test.each([
  ['a server of our own may crash', true],
  ['that of somebody else never does', false],
])('%s; a seed gives the same faults again', (_why, isOurs) => {
  const drawn = faultsOf(randomOf(1), 200, isOurs)
  expect(faultsOf(randomOf(1), 200, isOurs)).toEqual(drawn)
  expect(faultsOf(randomOf(2), 200, isOurs)).not.toEqual(drawn)
  expect(drawn.filter((fault) => fault === 'replica killed')).toHaveLength(200)
  expect(new Set(drawn)).toEqual(new Set(FAULTS.filter((fault) => isOurs || fault !== 'database crashed')))
})

// In CI there is a PostgreSQL. The command starts one of its own, which can crash; without one it says what is missing.
if (SERVER !== undefined || ASKED.isByCommand) {
  test(
    'what several replicas have acknowledged is so, whoever of them dies',
    async () => {
      const checkout = builtCheckout()
      const folder = mkdtempSync(path.join(tmpdir(), 'berth-faults-'))
      try {
        const BERTH_SIGNING_KEY_FILE = path.join(folder, 'signing-key.pem')
        const { privateKey } = generateKeyPairSync('ed25519')
        writeFileSync(BERTH_SIGNING_KEY_FILE, privateKey.export({ type: 'pkcs8', format: 'pem' }))
        const { tally, looked, violations, logged } = await runReplicas({
          ...ASKED,
          serverUrl: SERVER,
          script: path.join(checkout.folder, 'dist/cli/berth.js'),
          environment: { BERTH_SIGNING_KEY_FILE },
        })
        keepTally(tally)
        expect({ violations, logged }).toEqual({ violations: [], logged: [] })
        expect(tally.kills).toBe(ASKED.kills)
        expect(looked.filter(([, count]) => count === 0)).toEqual([])
      } finally {
        checkout.remove()
        rmSync(folder, { recursive: true })
      }
    },
    LONG_RUN,
  )
}
