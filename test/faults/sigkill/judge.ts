import type { Dump } from '../raw-database.ts'
import type { Asked } from './clients.ts'

export interface Verdict {
  readonly lost: readonly string[]
  readonly wrong: readonly string[]
}

type Row = Readonly<Record<string, unknown>>

/**
 * Whether everything that was acknowledged is there, whole and once, and what was not is whole or not there.
 *
 * Whole is: with the entry of the audit and the line of the history that the same transaction wrote.
 */
export function verdictOn(asked: readonly Asked[], dump: Dump): Verdict {
  const lost: string[] = []
  const wrong: string[] = []
  const rows = (table: string) => (dump.get(table) ?? []).map((line) => JSON.parse(line) as Row)
  const by = (table: string, name: (row: Row) => unknown) => counted(rows(table).map(name))
  const snapshots = grouped(rows('Snapshot'), 'bootId')
  const entries = grouped(rows('BootEntry'), 'title')
  const changes = grouped(rows('PinChange'), 'reason')
  const audited = by('AuditEntry', ({ action, target }) => `${String(action)} ${String(target)}`)
  const pinAudits = counted(
    rows('AuditEntry')
      .filter(({ action }) => action === 'pins.change')
      .map(({ target, detail }) => `${String(target)} ${(JSON.parse(String(detail)) as Row)['generation']}`),
  )
  const told = by('TimelineEvent', ({ kind, snapshot }) => `${String(kind)} ${String(snapshot)}`)

  for (const { kind, marker, host, answer } of asked) {
    const found = ({ snapshot: snapshots, pin: changes, entry: entries }[kind].get(marker) ?? []) as Row[]
    const isAcknowledged = answer !== null && answer.status < 300
    if (isAcknowledged && found.length === 0) lost.push(`${kind} ${marker}`)
    if (answer !== null && answer.status >= 300)
      wrong.push(`${kind} ${marker}: ${answer.status} ${answer.body.detail}`)
    if (found.length > 1) wrong.push(`${kind} ${marker} is there ${found.length} times`)
    const [row] = found
    if (row === undefined) continue
    if (isAcknowledged && kind !== 'pin' && row['id'] !== answer.body.id)
      wrong.push(`${kind} ${marker} is another one than was told`)
    const beside = {
      snapshot: () => [audited.get(`snapshot.create ${row['id']}`), told.get(`snapshot ${row['id']}`)],
      entry: () => [audited.get(`boot-entry.create ${row['id']}`)],
      pin: () => [pinAudits.get(`${host} ${row['generation']}`)],
    }[kind]()
    if (beside.some((times) => times !== 1)) wrong.push(`${kind} ${marker} is not whole: ${String(beside)}`)
  }
  const generations = by('PinChange', ({ hostId }) => hostId)
  for (const { id, pinGeneration } of rows('Host'))
    if (Number(pinGeneration) !== (generations.get(id) ?? 0))
      wrong.push(
        `${String(id)} counts ${String(pinGeneration)} changes of its pins, and has ${generations.get(id)}`,
      )
  return { lost, wrong }
}

function counted(names: readonly unknown[]): ReadonlyMap<unknown, number> {
  const counts = new Map<unknown, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

function grouped(rows: readonly Row[], column: string): ReadonlyMap<unknown, readonly Row[]> {
  const groups = new Map<unknown, Row[]>()
  for (const row of rows) groups.set(row[column], [...(groups.get(row[column]) ?? []), row])
  return groups
}
