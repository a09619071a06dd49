import type { Snapshot } from '../wire/snapshot.ts'
import { Badge } from './badge.tsx'
import { Bytes } from './bytes.tsx'
import { Moment } from './moment.tsx'
import { Table } from './table.tsx'

/** The newest snapshots of a host; each but the last leads to what has changed since the one before. */
export function HostSnapshots({
  host,
  snapshots,
}: {
  readonly host: string
  readonly snapshots: readonly Snapshot[]
}) {
  const titles = ['Taken', 'Boot', 'Kernel', 'May be booked', 'Findings', 'Judged', 'Compare']
  return (
    <Table label="Snapshots" titles={titles} none="None was posted yet.">
      {snapshots.map(({ id, boot_id, created_at, summary, findings, landing }, i) => {
        const before = snapshots[i + 1]
        return (
          <tr key={id}>
            <th scope="row">
              <a href={`/hosts/${host}/snapshots/${id}`}>
                <Moment at={created_at} />
              </a>
            </th>
            <td>
              <code title={boot_id}>{boot_id.slice(0, 8)}</code>{' '}
              {summary.hardware_changed && <Badge state="other firmware map" tone="warn" />}
            </td>
            <td>{summary.release}</td>
            <td>
              <Bytes of={summary.bookable_bytes} />
            </td>
            <td>{findings.length}</td>
            <td>{landing && <Badge state={landing.verdict} />}</td>
            <td>
              {before && <a href={`/hosts/${host}/diff?from=${before.id}&to=${id}`}>with the one before</a>}
            </td>
          </tr>
        )
      })}
    </Table>
  )
}
