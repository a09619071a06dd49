import type { SnapshotDiff } from '../wire/diff.ts'
import { Badge, type Tone } from './badge.tsx'
import { Table } from './table.tsx'

type Change = SnapshotDiff['changes'][number]

const TONES: Readonly<Record<Change['change'], Tone>> = {
  added: 'good',
  removed: 'bad',
  moved: 'warn',
  resized: 'busy',
  renamed: 'idle',
}

/** What differs, source by source. */
export function DiffChanges({ changes }: { readonly changes: readonly Change[] }) {
  return (
    <Table
      label="Changes"
      titles={['Source', 'Change', 'What', 'Before', 'After']}
      none="Both boots list the same memory."
    >
      {changes.map(({ lane, change, before, after }, i) => (
        <tr key={i}>
          <td class="nowrap">{lane}</td>
          <td>
            <Badge state={change} tone={TONES[change]} />
          </td>
          <th scope="row">{namesOf(before, after)}</th>
          <td>
            <Span line={before} />
          </td>
          <td>
            <Span line={after} />
          </td>
        </tr>
      ))}
    </Table>
  )
}

function namesOf(before: Change['before'], after: Change['after']): string {
  return [...new Set([before, after].flatMap((line) => (line ? [line.name] : [])))].join(' → ')
}

function Span({ line }: { readonly line: Change['before'] }) {
  if (!line) return <span class="muted">none</span>
  return (
    <code class="nowrap">
      {line.range.start}-{line.range.last}
    </code>
  )
}
