import type { PlanBody } from '../wire/plan-body.ts'
import { Badge, type Tone } from './badge.tsx'
import { Bytes } from './bytes.tsx'
import { cellId, Hex } from './hex.tsx'
import { Table } from './table.tsx'

type Chosen = PlanBody['segments'][number]['chosen']

const CHOSEN: Readonly<Record<Chosen, readonly [words: string, tone: Tone]>> = {
  'by-rule': ['by rule', 'idle'],
  'kept-pin': ['pinned', 'good'],
  'new-pin': ['new', 'busy'],
  'moved-pin': ['moved', 'warn'],
  repinned: ['moved', 'warn'],
  random: ['random', 'warn'],
}

/** Where everything lies, in load order. */
export function Segments({ segments }: { readonly segments: PlanBody['segments'] }) {
  const titles = ['Segment', 'From', 'To', 'Size', 'Copied', 'Aligned to', 'Room', 'Chosen', 'Because']
  return (
    <Table label="Segments" titles={titles} none="Nothing is placed.">
      {segments.map(({ kind, mem, memsz, bufsz, align, room, chosen, because }) => {
        const [words, tone] = CHOSEN[chosen]
        // The room that is kept begins at the same byte, and is drawn first.
        const cell = cellId('plan', mem) + (room > memsz ? '-2' : '')
        return (
          <tr key={mem} data-cell={cell}>
            <th scope="row">{kind}</th>
            <td>
              <Hex of={mem} to={cell} />
            </td>
            <td>
              <Hex of={`0x${(Number(mem) + memsz - 1).toString(16)}`} />
            </td>
            <td>
              <Bytes of={memsz} />
            </td>
            <td>
              <Bytes of={bufsz} />
            </td>
            <td>
              <Bytes of={align} />
            </td>
            <td>
              <Bytes of={room} />
            </td>
            <td>
              <Badge state={words} tone={tone} />
            </td>
            <td>{because}</td>
          </tr>
        )
      })}
    </Table>
  )
}
