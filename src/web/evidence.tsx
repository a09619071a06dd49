import type { Landing } from '../wire/plan.ts'
import { Badge } from './badge.tsx'
import { Table } from './table.tsx'

/** What the boot after the jump proves, check by check. */
export function Evidence({ landing }: { readonly landing: Landing }) {
  const { verdict, certainty, kernel_code, evidence } = landing
  return (
    <section>
      <h2 id="evidence">Evidence after the boot</h2>
      <p>
        <Badge state={verdict} />{' '}
        {certainty === 'exact'
          ? 'The next boot shows where everything lies.'
          : 'The kernel may have moved itself after the jump: only the load is certain.'}
        {kernel_code !== null && (
          <>
            {' Kernel code at '}
            <code>{kernel_code}</code>.
          </>
        )}
      </p>
      <Table
        label="Evidence"
        titles={['Check', 'Expected', 'Found', 'Holds']}
        none="Nothing was compared yet."
      >
        {evidence.map(({ check, expected, found, holds }) => (
          <tr key={check}>
            <th scope="row">{check}</th>
            <td>
              <code>{expected}</code>
            </td>
            <td>
              <code>{found}</code>
            </td>
            <td>
              <Badge state={holds ? 'holds' : 'broken'} />
            </td>
          </tr>
        ))}
      </Table>
    </section>
  )
}
