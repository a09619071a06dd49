import type { AuditEntry, AuditHead } from '../wire/audit.ts'
import { Moment } from './moment.tsx'
import { page, type Visit } from './page.tsx'
import { Pager } from './pager.tsx'
import { Table } from './table.tsx'

export interface AuditShown {
  readonly filter: {
    readonly actor?: string | undefined
    readonly target?: string | undefined
    readonly order: string
  }
  readonly entries: { readonly items: readonly AuditEntry[]; readonly next_cursor: string | null }
  readonly head: Pick<AuditHead, 'seq' | 'hash'>
  /** What is wrong with the entries that are shown. */
  readonly faults: readonly string[]
}

/** Who did what, the newest first. */
export function auditPage(visit: Visit, { filter, entries, head, faults }: AuditShown): string {
  return page(visit, {
    title: 'Audit',
    children: (
      <>
        <h1>Audit</h1>
        <Chain head={head} faults={faults} />
        <form class="filter" method="get" action="/audit" role="search">
          <label>
            Who
            <input name="actor" value={filter.actor} placeholder="key_… or host_…" />
          </label>
          <label>
            To what
            <input name="target" value={filter.target} placeholder="an id, a pool, a scope" />
          </label>
          <label>
            First
            <select name="order">
              <option value="newest">the newest</option>
              <option value="oldest" selected={filter.order === 'oldest'}>
                the oldest
              </option>
            </select>
          </label>
          <button>Filter</button>
          {visit.path.includes('?') && (
            <a class="button quiet" href="/audit">
              Everything
            </a>
          )}
        </form>
        <Entries entries={entries.items} />
        <Pager path={visit.path} next={entries.next_cursor} />
      </>
    ),
  })
}

/** How far the chain goes, and whether what is shown of it is what was written. */
function Chain({ head, faults }: Pick<AuditShown, 'head' | 'faults'>) {
  if (faults.length > 0)
    return (
      <div class="notice bad" role="alert">
        <p>This audit is not as it was written:</p>
        <ul>
          {faults.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </div>
    )
  return (
    <p class="muted">
      The newest entry is number {head.seq}, its hash begins with{' '}
      <span class="mono" title={head.hash}>
        {head.hash.slice(0, 16)}
      </span>
      . The entries below have the hashes that they were written with; <code>berth audit verify</code> looks
      at all.
    </p>
  )
}

function Entries({ entries }: { readonly entries: readonly AuditEntry[] }) {
  return (
    <Table
      label="Audit"
      titles={['#', 'When', 'What', 'Who', 'To what', 'Detail']}
      none="Nothing like that was done."
    >
      {entries.map(({ seq, id, at, actor, action, target, detail, request_id, hash }) => (
        <tr key={id}>
          <td title={hash}>{seq}</td>
          <td>
            <Moment at={at} />
          </td>
          <th scope="row">{action}</th>
          <td>
            <Narrowed by="actor" to={actor} />
          </td>
          <td class="nowrap">
            <Narrowed by="target" to={target} /> <Thing id={target} />
          </td>
          <td class="wide">
            <Detail detail={{ ...detail, request: request_id }} />
          </td>
        </tr>
      ))}
    </Table>
  )
}

/** Its words at once, everything else on demand. */
function Detail({ detail }: Pick<AuditEntry, 'detail'>) {
  const words = [detail['reason'], detail['because'], detail['detail'], detail['name']]
  return (
    <details>
      <summary>{words.find((one) => typeof one === 'string' && one !== '') ?? 'more'}</summary>
      <dl class="mono">
        {Object.entries(detail).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

const ID = /^([a-z]+_)[0-9a-hjkmnp-tv-z]{20}([0-9a-hjkmnp-tv-z]{6})$/

/** Only what it did, or what was done to it. Of a long id its end will do; all of it is in the address. */
function Narrowed({ by, to }: { readonly by: 'actor' | 'target'; readonly to: string }) {
  return (
    <a class="mono nowrap" title={to} href={`/audit?${new URLSearchParams({ [by]: to })}`}>
      {to.replace(ID, '$1…$2')}
    </a>
  )
}

const PAGES = { host_: '/hosts', plan_: '/plans', roll_: '/rollouts' } as const

/** Leads to the page of what has one. */
function Thing({ id }: { readonly id: string }) {
  const found = Object.entries(PAGES).find(([prefix]) => id.startsWith(prefix))
  return found ? <a href={`${found[1]}/${id}`}>its page</a> : null
}
