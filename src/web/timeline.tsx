import type { TimelineEvent } from '../wire/host.ts'
import { Moment } from './moment.tsx'
import { Table } from './table.tsx'

/** What happened to a host, the newest first. */
export function Timeline({
  host,
  events,
}: {
  readonly host: string
  readonly events: readonly TimelineEvent[]
}) {
  return (
    <Table label="Timeline" titles={['When', 'What', 'Detail', 'Of']} none="Nothing has happened yet.">
      {events.map(({ id, at, kind, detail, plan, snapshot }) => (
        <tr key={id}>
          <td>
            <Moment at={at} />
          </td>
          <th scope="row" class="nowrap">
            {kind}
          </th>
          <td>{detail}</td>
          <td class="nowrap">
            {plan !== null && <a href={`/plans/${plan}`}>plan</a>}{' '}
            {snapshot !== null && <a href={`/hosts/${host}/snapshots/${snapshot}`}>snapshot</a>}
          </td>
        </tr>
      ))}
    </Table>
  )
}
