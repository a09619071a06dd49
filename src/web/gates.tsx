import type { Explanation } from '../wire/explain.ts'
import { Badge } from './badge.tsx'
import { Moment } from './moment.tsx'
import { Table } from './table.tsx'

/** Why a host is, or is not, being rebooted now: every gate in the order in which it is asked. */
export function Gates({ explanation }: { readonly explanation: Explanation }) {
  const { verdict, sentence, next_check, gates } = explanation
  return (
    <>
      <p>
        <Badge state={verdict} /> {sentence}
        {next_check !== null && (
          <>
            {'; next check '}
            <Moment at={next_check} />
          </>
        )}
      </p>
      <Table label="Gates" titles={['Gate', 'Verdict', 'Because', 'Since', 'Next check', 'Rollout']} none="">
        {gates.map((gate) => (
          <tr key={`${gate.gate} ${gate.id} ${gate.rollout}`}>
            <th scope="row">
              {gate.gate}
              {gate.id !== null && ` ${gate.id}`}
            </th>
            <td>
              <Badge state={gate.verdict} />
            </td>
            <td>{gate.sentence}</td>
            <td>
              <Moment at={gate.since} none="" />
            </td>
            <td>
              <Moment at={gate.next_check} none="" />
            </td>
            <td>
              {gate.rollout !== null && <a href={`/rollouts/${gate.rollout}`}>{gate.rollout.slice(-6)}</a>}
            </td>
          </tr>
        ))}
      </Table>
    </>
  )
}
