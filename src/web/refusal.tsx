import type { MapFacts } from '../wire/map.ts'
import type { PlacementMap } from '../wire/picture.ts'
import { Bytes } from './bytes.tsx'
import { cellId, Hex } from './hex.tsx'
import { Table } from './table.tsx'

/** Why there is no plan: what was wanted, every hole that was looked at, and what would make it fit. */
export function Refusal({
  failure,
  facts,
}: {
  readonly failure: NonNullable<PlacementMap['failure']>
  readonly facts: Pick<MapFacts, 'sentence' | 'refused' | 'changes'>
}) {
  return (
    <section>
      <h2 id="refused">Refused</h2>
      <p class="notice bad">
        {facts.refused.length > 0 ? facts.sentence : `${failure.detail}.`}{' '}
        <a href={`/problems/${failure.code}`}>What {failure.code} means</a>
      </p>
      {facts.changes.length > 0 && (
        <>
          <h3>What would make it fit</h3>
          <ul>
            {facts.changes.map((change) => (
              <li key={change}>{change}</li>
            ))}
          </ul>
        </>
      )}
      {facts.refused.length > 0 && <Holes refused={facts.refused} />}
    </section>
  )
}

function Holes({ refused }: { readonly refused: MapFacts['refused'] }) {
  return (
    <>
      <h3>Every hole, in the order in which the loader looked</h3>
      <Table
        label="Refused holes"
        titles={['No.', 'From', 'To', 'Size', 'Short of', 'Why', 'Between']}
        none=""
      >
        {refused.map(({ number, range, size, short, sentence, between }) => (
          <tr key={number} id={`hole-${number}`} data-cell={cellId('plan', range.start)}>
            <th scope="row">{number}</th>
            <td>
              <Hex of={range.start} to={cellId('plan', range.start)} />
            </td>
            <td>
              <code>{range.last}</code>
            </td>
            <td>
              <Bytes of={size} />
            </td>
            <td>{short === null ? '' : <Bytes of={short} />}</td>
            <td>{sentence}</td>
            <td class="muted">{between && `${between.below} and ${between.above}`}</td>
          </tr>
        ))}
      </Table>
    </>
  )
}
