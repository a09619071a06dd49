import type { Rollout } from '../wire/rollout.ts'
import { Badge } from './badge.tsx'
import { Moment } from './moment.tsx'
import { mayOperate, page, type Visit } from './page.tsx'
import { Pager } from './pager.tsx'
import { Pauses, type ShownPause } from './pauses.tsx'
import { Progress } from './progress.tsx'
import { Table } from './table.tsx'

export interface RolloutsShown {
  readonly pauses: readonly ShownPause[]
  readonly rollouts: { readonly items: readonly Rollout[]; readonly next_cursor: string | null }
}

/** Every rollout, the newest first, and what stops all of them. */
export function rolloutsPage(visit: Visit, { pauses, rollouts }: RolloutsShown): string {
  const operates = mayOperate(visit)
  return page(visit, {
    title: 'Rollouts',
    live: '/v1/events',
    children: (
      <>
        <h1>Rollouts</h1>
        <Pauses pauses={pauses} csrf={operates ? visit.csrf : null} />
        {operates && (
          <p>
            <a class="button" href="/rollouts/new">
              New rollout
            </a>
          </p>
        )}
        <Table
          label="Rollouts"
          titles={['Rollout', 'State', 'Wave', 'Hosts', 'Since', 'By']}
          none="Nothing was rolled out yet."
        >
          {rollouts.items.map((rollout) => (
            <tr key={rollout.id}>
              <th scope="row">
                <a href={`/rollouts/${rollout.id}`}>{rollout.spec.name}</a>
              </th>
              <td>
                <Badge state={rollout.state} />
              </td>
              <td class="nowrap">
                {rollout.wave} of {rollout.waves.length}
              </td>
              <td class="wide">
                <Progress counts={rollout.counts} hosts={rollout.hosts} />
              </td>
              <td>
                <Moment at={rollout.since} />
              </td>
              <td class="mono">{rollout.author}</td>
            </tr>
          ))}
        </Table>
        <Pager path={visit.path} next={rollouts.next_cursor} />
      </>
    ),
  })
}
