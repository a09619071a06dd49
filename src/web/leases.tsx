import type { Lease, LeasePool } from '../wire/lease.ts'
import { Act } from './act.tsx'
import { Badge } from './badge.tsx'
import { Moment } from './moment.tsx'
import { mayOperate, page, type Visit } from './page.tsx'
import { Pager } from './pager.tsx'
import { Table } from './table.tsx'

export interface LeasesShown {
  /** Null: of all pools. */
  readonly pool: string | null
  readonly pools: readonly LeasePool[]
  readonly leases: { readonly items: readonly Lease[]; readonly next_cursor: string | null }
}

/** Who may be away now, and how many more may be. */
export function leasesPage(visit: Visit, { pool, pools, leases }: LeasesShown): string {
  return page(visit, {
    title: 'Leases',
    live: '/v1/events',
    children: (
      <>
        <h1>Leases</h1>
        <p>
          A host is away with a lease of its pool, and nobody goes without one. Rollouts and FleetLock share
          the pools.
        </p>
        <h2 id="pools">Pools</h2>
        <Pools pools={pools} />
        <h2 id="held">{pool === null ? 'Held now' : `Held now in ${pool}`}</h2>
        {pool !== null && (
          <p>
            <a href="/leases">All pools</a>
          </p>
        )}
        <Held leases={leases.items} csrf={mayOperate(visit) ? visit.csrf : null} />
        <Pager path={visit.path} next={leases.next_cursor} />
      </>
    ),
  })
}

function Pools({ pools }: { readonly pools: readonly LeasePool[] }) {
  const titles = ['Pool', 'Held', 'Slots', 'Term', 'Last token', 'Set', 'Reason']
  return (
    <Table label="Pools" titles={titles} none="No pool has been set or used yet.">
      {pools.map(({ name, held, slots, ttl_seconds, last_fence, set_at, set_by, reason }) => (
        <tr key={name}>
          <th scope="row">
            <a href={`/leases?pool=${encodeURIComponent(name)}`}>{name}</a>
          </th>
          <td>
            {held} {held >= slots && <Badge state="full" tone="warn" />}
          </td>
          <td>{slots}</td>
          <td class="nowrap">{ttl_seconds / 60} min</td>
          <td>{last_fence}</td>
          <td>
            <Moment at={set_at} /> <small>{set_by}</small>
          </td>
          <td>{reason}</td>
        </tr>
      ))}
    </Table>
  )
}

function Held({ leases, csrf }: { readonly leases: readonly Lease[]; readonly csrf: string | null }) {
  const titles = ['Holder', 'Pool', 'Token', 'Since', 'Until', 'Rollout']
  return (
    <Table
      label="Leases"
      titles={csrf === null ? titles : [...titles, 'Take away']}
      none="Nobody holds a lease."
    >
      {leases.map(({ id, holder, pool, fence, since, until, rollout }) => (
        <tr key={id}>
          <th scope="row" class="mono">
            {holder.startsWith('host_') ? <a href={`/hosts/${holder}`}>{holder}</a> : holder}
          </th>
          <td>{pool}</td>
          <td>{fence}</td>
          <td>
            <Moment at={since} />
          </td>
          <td>
            <Moment at={until} />
          </td>
          <td>
            {rollout === null ? (
              <span class="muted">FleetLock</span>
            ) : (
              <a href={`/rollouts/${rollout}`}>{rollout.slice(-6)}</a>
            )}
          </td>
          {csrf !== null && (
            <td>
              <details>
                <summary>By force</summary>
                <Act
                  action={`/leases/${id}/release`}
                  csrf={csrf}
                  does="Take it away: its holder may not start any more"
                  tone="stop"
                  reason
                />
              </details>
            </td>
          )}
        </tr>
      ))}
    </Table>
  )
}
