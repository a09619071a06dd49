import type { MapFacts } from '../wire/map.ts'
import { Bytes } from './bytes.tsx'
import { cellId, Hex } from './hex.tsx'
import { Table } from './table.tsx'

/** What the picture shows, line by line and by address: the first row of each can be linked to as `#a-7ee00000`. */
export function MapTable({ facts }: { readonly facts: MapFacts }) {
  const words = new Map(facts.legend.map((entry) => [entry.class, entry.words]))
  const lines = facts.lanes
    .flatMap(({ name, cells }) => cells.map((cell) => ({ lane: name, ...cell })))
    .sort((a, b) => Number(a.range.start) - Number(b.range.start))
  const linked = new Set<string>()
  return (
    <Table label="Every line" titles={['From', 'To', 'Size', 'Source', 'What', 'Taken as']} none="Nothing.">
      {lines.map(({ lane, range, size, label, depth, class: of, badge }, i) => {
        const id = cellId('a', range.start)
        const first = !linked.has(id)
        linked.add(id)
        return (
          <tr key={i} id={first ? id : undefined} data-cell={cellId(lane, range.start)}>
            <th scope="row">
              {first ? <Hex of={range.start} to={id} /> : <code class="muted">{range.start}</code>}
            </th>
            <td>
              <code>{range.last}</code>
            </td>
            <td>
              <Bytes of={size} />
            </td>
            <td>{lane}</td>
            <td class={`depth-${Math.min(depth, 3)}`}>
              {label} {badge && <small>{badge}</small>}
            </td>
            <td>{words.get(of)}</td>
          </tr>
        )
      })}
    </Table>
  )
}
