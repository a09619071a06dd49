import type { Fleet } from '../wire/fleet.ts'
import type { Host } from '../wire/host.ts'
import { Badge } from './badge.tsx'
import { FleetCounts } from './fleet-counts.tsx'
import { page, type Visit } from './page.tsx'
import { Pager } from './pager.tsx'

/** What the address asks for; every field of it is one of the form. */
export interface FleetFilter {
  readonly hostname?: string | undefined
  readonly group?: string | undefined
  readonly arch?: string | undefined
  readonly state?: string | undefined
  readonly label?: string | undefined
  readonly hardware_model?: string | undefined
  readonly kernel_release?: string | undefined
  readonly plan?: string | undefined
}

export interface FleetShown {
  readonly filter: FleetFilter
  readonly fleet: Fleet
  readonly hosts: { readonly items: readonly Host[]; readonly next_cursor: string | null }
}

/** Every host, by the filter that stands in the address. */
export function fleetPage(visit: Visit, { filter, fleet, hosts }: FleetShown): string {
  return page(visit, {
    title: 'Hosts',
    live: '/v1/events',
    children: (
      <>
        <h1>Hosts</h1>
        <FleetCounts fleet={fleet} filter={filter} />
        <FilterForm filter={filter} isFiltered={visit.path.includes('?')} />
        {hosts.items.length === 0 ? (
          <p class="empty">
            {fleet.hosts === 0
              ? 'There is no host yet. One comes with berth agent enroll and a token.'
              : 'No host is like that.'}
          </p>
        ) : (
          <HostTable hosts={hosts.items} />
        )}
        <Pager path={visit.path} next={hosts.next_cursor} />
      </>
    ),
  })
}

function FilterForm({ filter, isFiltered }: { readonly filter: FleetFilter; readonly isFiltered: boolean }) {
  return (
    <form class="filter" method="get" action="/hosts" role="search">
      <label>
        Hostname
        <input name="hostname" value={filter.hostname} />
      </label>
      <label>
        Group
        <input name="group" value={filter.group} />
      </label>
      <label>
        Label
        <input name="label" value={filter.label} placeholder="rack=b12" />
      </label>
      <Kept filter={filter} />
      <Choice name="arch" title="Architecture" chosen={filter.arch} of={['arm64', 'x86_64']} />
      <Choice name="state" title="State" chosen={filter.state} of={['active', 'quarantined']} />
      <button>Filter</button>
      {isFiltered && (
        <a class="button quiet" href="/hosts">
          All hosts
        </a>
      )}
    </form>
  )
}

/** What has no field of its own here, and was chosen by a link. */
function Kept({ filter }: { readonly filter: FleetFilter }) {
  const { hardware_model, kernel_release, plan } = filter
  return (
    <>
      {Object.entries({ hardware_model, kernel_release, plan }).map(
        ([name, value]) =>
          value !== undefined && <input key={name} type="hidden" name={name} value={value} />,
      )}
    </>
  )
}

interface Chosen {
  readonly name: string
  readonly title: string
  readonly chosen: string | undefined
  readonly of: readonly string[]
}

function Choice({ name, title, chosen, of }: Chosen) {
  return (
    <label>
      {title}
      <select name={name}>
        <option value="">any</option>
        {of.map((one) => (
          <option key={one} selected={one === chosen}>
            {one}
          </option>
        ))}
      </select>
    </label>
  )
}

function HostTable({ hosts }: { readonly hosts: readonly Host[] }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Hosts">
      <table>
        <thead>
          <tr>
            <th scope="col">Host</th>
            <th scope="col">State</th>
            <th scope="col">Group</th>
            <th scope="col">Architecture</th>
            <th scope="col">Hardware model</th>
            <th scope="col">Kernel</th>
            <th scope="col">Labels</th>
          </tr>
        </thead>
        <tbody>
          {hosts.map((host) => (
            <tr key={host.id}>
              <th scope="row">
                <a href={`/hosts/${host.id}`}>{host.hostname}</a>
              </th>
              <td>
                <Badge state={host.state} /> {host.opt_out && <Badge state="left alone" tone="warn" />}
              </td>
              <td>{host.group ?? <span class="muted">none</span>}</td>
              <td>{host.arch}</td>
              <td>{host.hardware_model}</td>
              <td class="mono">{host.kernel_release}</td>
              <td class="mono">
                {Object.entries(host.labels)
                  .map(([name, value]) => `${name}=${value}`)
                  .join(' ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
