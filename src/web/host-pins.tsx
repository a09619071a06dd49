import type { PinDriftList } from '../wire/diff.ts'
import type { PinSet } from '../wire/pin.ts'
import { Act, Sent } from './act.tsx'
import { Badge } from './badge.tsx'
import { Bytes } from './bytes.tsx'
import { cellId, Hex } from './hex.tsx'
import { Moment } from './moment.tsx'
import { Table } from './table.tsx'

interface Pinned {
  readonly pins: PinSet
  /** Null where the host has posted no snapshot. */
  readonly drift: PinDriftList | null
  /** What a change must match; null for who may not change them. */
  readonly change: { readonly etag: string; readonly csrf: string } | null
}

/** Where the segments are to lie, and whether they still could. */
export function HostPins({ pins, drift, change }: Pinned) {
  const titles = ['Segment', 'At', 'Room', 'Holds', 'Because', 'Set']
  return (
    <Table
      label="Pins"
      titles={change ? [...titles, 'Change'] : titles}
      none="No pins: the next pinned plan makes them."
    >
      {pins.items.map(({ purpose, kind, mem, room, reason, set_at, loose }) => {
        const judged = drift?.items.find((one) => one.purpose === purpose && one.kind === kind)
        return (
          <tr key={`${purpose} ${kind}`} data-cell={cellId('pins', mem)}>
            <th scope="row">
              {kind} {purpose === 'crash' && <small>crash</small>}
            </th>
            <td>
              <Hex of={mem} to={cellId('pins', mem)} />
            </td>
            <td>
              <Bytes of={room} />
            </td>
            <td>
              {judged && <Badge state={judged.verdict} />} {loose && <Badge state="loose" tone="warn" />}
            </td>
            <td>
              {judged && judged.verdict !== 'holds' && <strong>{judged.sentence} </strong>}
              {reason}
            </td>
            <td>
              <Moment at={set_at} />
            </td>
            {change && (
              <td>
                <Changes path={`/hosts/${pins.host}/pins/${purpose}/${kind}`} loose={loose} {...change} />
              </td>
            )}
          </tr>
        )
      })}
    </Table>
  )
}

interface Changing {
  readonly path: string
  readonly loose: boolean
  readonly etag: string
  readonly csrf: string
}

function Changes({ path, loose, etag, csrf }: Changing) {
  return (
    <details>
      <summary>Change</summary>
      {!loose && (
        <Act action={`${path}/loosen`} csrf={csrf} does="Let it move once" tone="quiet" reason>
          <Sent name="etag" value={etag} />
        </Act>
      )}
      <Act action={`${path}/forget`} csrf={csrf} does="Forget it" tone="quiet" reason>
        <Sent name="etag" value={etag} />
      </Act>
    </details>
  )
}
