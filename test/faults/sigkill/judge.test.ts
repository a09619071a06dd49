import { expect, test } from 'vitest'
import type { Asked } from './clients.ts'
import { verdictOn } from './judge.ts'

const asked = (kind: Asked['kind'], status: number | null, id = 'x_1'): Asked => ({
  ...{ kind, marker: 'm', host: 'host_1' },
  repeat: () => Promise.reject(new Error('nobody asks again')),
  answer: status === null ? null : { status, body: { id } },
})

const SNAPSHOT = { Snapshot: [{ id: 'x_1', bootId: 'm' }] }
const AUDIT = { AuditEntry: [{ action: 'snapshot.create', target: 'x_1', detail: '{}' }] }
const HISTORY = { TimelineEvent: [{ kind: 'snapshot', snapshot: 'x_1' }] }

/** These judge the judge: a run in which he is content has shown nothing if he always is. */
test.each<[why: string, one: Asked, rows: Record<string, object[]>, lost: number, wrong: number]>([
  ['acknowledged and there', asked('snapshot', 201), { ...SNAPSHOT, ...AUDIT, ...HISTORY }, 0, 0],
  ['acknowledged and not there', asked('snapshot', 201), {}, 1, 0],
  ['cut off and not there', asked('snapshot', null), {}, 0, 0],
  ['cut off and there', asked('snapshot', null), { ...SNAPSHOT, ...AUDIT, ...HISTORY }, 0, 0],
  ['without its entry in the audit', asked('snapshot', 201), { ...SNAPSHOT, ...HISTORY }, 0, 1],
  ['cut off, and half of it there', asked('snapshot', null), { ...SNAPSHOT, ...AUDIT }, 0, 1],
  [
    'twice',
    asked('snapshot', null),
    { Snapshot: [...SNAPSHOT.Snapshot, { id: 'x_2', bootId: 'm' }], ...AUDIT, ...HISTORY },
    0,
    1,
  ],
  ['as another one', asked('snapshot', 201, 'x_9'), { ...SNAPSHOT, ...AUDIT, ...HISTORY }, 0, 1],
  ['refused', asked('snapshot', 500), {}, 0, 1],
  [
    'a host that counts a change that it does not have',
    asked('pin', null),
    { Host: [{ id: 'h', pinGeneration: 1 }] },
    0,
    1,
  ],
])('%s', (_why, one, rows, lost, wrong) => {
  const dump = new Map(
    Object.entries(rows).map(([table, all]) => [table, all.map((row) => JSON.stringify(row))]),
  )
  const verdict = verdictOn([one], dump)
  expect([verdict.lost.length, verdict.wrong.length]).toEqual([lost, wrong])
})
