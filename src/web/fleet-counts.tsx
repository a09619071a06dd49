import type { Fleet } from '../wire/fleet.ts'
import { Badge } from './badge.tsx'
import type { FleetFilter } from './fleet.tsx'

/** Of each list so many are shown; what is rare is found by the form. */
const SHOWN = 8

/** The fleet in numbers; each leads to the hosts that it counts. */
export function FleetCounts({ fleet, filter }: { readonly fleet: Fleet; readonly filter: FleetFilter }) {
  const { hosts, states, plans, drift, opted_out } = fleet
  return (
    <section aria-label="The fleet in numbers">
      <ul class="counts">
        <li>
          <a href="/hosts">
            <b>{hosts}</b> hosts
          </a>
        </li>
        {states.map(({ value, hosts: n }) => (
          <Count key={value} {...{ filter, name: 'state', value, n }} />
        ))}
        {plans.map(({ value, hosts: n }) => (
          <Count key={value} {...{ filter, name: 'plan', value, n }} />
        ))}
        <Told n={opted_out} of="left alone" />
        <Told n={drift.elsewhere} of="not as planned" />
        <Told n={drift.load_refused} of="refuse the load" />
        <Told n={drift.no_snapshot} of="no snapshot yet" />
      </ul>
      <details class="breakdown">
        <summary>By kernel, group, model and architecture</summary>
        <div>
          <List title="Running kernel" name="kernel_release" {...{ filter, of: fleet.releases }} />
          <List title="Group" name="group" {...{ filter, of: fleet.groups }} />
          <List title="Hardware model" name="hardware_model" {...{ filter, of: fleet.hardware_models }} />
          <List title="Architecture" name="arch" {...{ filter, of: fleet.archs }} />
        </div>
      </details>
    </section>
  )
}

interface Counted {
  readonly filter: FleetFilter
  readonly name: keyof FleetFilter
  readonly value: string
  readonly n: number
}

function Count({ filter, name, value, n }: Counted) {
  return (
    <li>
      <a href={hrefOf(filter, name, value)} aria-current={filter[name] === value ? 'true' : undefined}>
        <b>{n}</b> {name === 'plan' && 'plan '}
        <Badge state={value} />
      </a>
    </li>
  )
}

/** What no filter finds. */
function Told({ n, of }: { readonly n: number; readonly of: string }) {
  if (n === 0) return null
  return (
    <li>
      <span class="count">
        <b>{n}</b> {of}
      </span>
    </li>
  )
}

interface Listed {
  readonly title: string
  readonly filter: FleetFilter
  readonly name: keyof FleetFilter
  readonly of: readonly { readonly value: string | null; readonly hosts: number }[]
}

function List({ title, filter, name, of }: Listed) {
  return (
    <div>
      <h2>{title}</h2>
      <ul>
        {of.slice(0, SHOWN).map(({ value, hosts }) => (
          <li key={value}>
            {value === null || value === '' ? (
              <span class="muted">none</span>
            ) : (
              <a
                href={hrefOf(filter, name, value)}
                aria-current={filter[name] === value ? 'true' : undefined}
              >
                {value}
              </a>
            )}{' '}
            <small>{hosts}</small>
          </li>
        ))}
        {of.length > SHOWN && <li class="muted">and {of.length - SHOWN} more</li>}
      </ul>
    </div>
  )
}

/** The same list with one more filter, or without it where it is on. */
function hrefOf(filter: FleetFilter, name: keyof FleetFilter, value: string): string {
  const asked = Object.entries({ ...filter, [name]: filter[name] === value ? undefined : value })
  const query = new URLSearchParams(asked.flatMap(([of, to]) => (to === undefined ? [] : [[of, String(to)]])))
  return query.size === 0 ? '/hosts' : `/hosts?${query}`
}
