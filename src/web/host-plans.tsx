import type { Plan, PlanState } from '../wire/plan.ts'
import { Badge } from './badge.tsx'
import { Moment } from './moment.tsx'
import { Table } from './table.tsx'

/** The newest plans of a host, each with where it stands. */
export function HostPlans({
  plans,
  states,
}: {
  readonly plans: readonly Plan[]
  readonly states: readonly PlanState[]
}) {
  return (
    <Table label="Plans" titles={['Made', 'State', 'For', 'Segments', 'Rules', 'Digest']} none="No plan yet.">
      {plans.map(({ id, created_at, digest, body }) => {
        const state = states.find((one) => one.plan === id)
        return (
          <tr key={id}>
            <th scope="row">
              <a href={`/plans/${id}`}>
                <Moment at={created_at} />
              </a>
            </th>
            <td title={state?.detail}>{state && <Badge state={state.state} />}</td>
            <td>
              {body.strategy} {body.purpose}
            </td>
            <td>{'segments' in body ? body.segments.length : <span class="muted">none</span>}</td>
            <td>{'rules' in body ? body.rules : body.mode}</td>
            <td>
              <code title={digest}>{digest.slice(0, 12)}</code>
            </td>
          </tr>
        )
      })}
    </Table>
  )
}
