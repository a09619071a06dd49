import { expect, test } from 'vitest'
import { readOnce } from '../../src/http/read-once.ts'
import type { Rows } from '../../src/store/open-store.ts'

test('what a group shares is read once for each key, and all else each time', async () => {
  const read: string[] = []
  const rows = {
    groupPins: { of: async (group: string) => void read.push(`pins ${group}`) },
    calibrations: { get: async (key: object) => void read.push(`calibration ${JSON.stringify(key)}`) },
    pins: { of: async (host: string) => void read.push(`own ${host}`) },
  } as unknown as Rows
  const once = readOnce(rows)
  for (const release of ['6.1', '6.1', '6.12']) {
    await once.groupPins.of('web')
    await once.calibrations.get({ group: 'web', arch: 'arm64', release })
    await once.pins.of('host')
  }
  await once.groupPins.of('db')
  expect(read.sort()).toEqual(
    [
      'calibration {"group":"web","arch":"arm64","release":"6.12"}',
      'calibration {"group":"web","arch":"arm64","release":"6.1"}',
      ...['own host', 'own host', 'own host'],
      ...['pins db', 'pins web'],
    ].sort(),
  )
})
