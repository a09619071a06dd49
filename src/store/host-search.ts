import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { Host as HostRow } from './generated/sqlite/client.ts'

export type Labels = Readonly<Record<string, string>>
export type Host = Omit<HostRow, 'labels'> & { readonly labels: Labels }

export interface HostFilter {
  readonly group?: string
  readonly arch?: string
  readonly state?: string
  readonly hostname?: string
  readonly hardwareModel?: string
  readonly release?: string
  /** Only these; any of them where it is not given. */
  readonly ids?: readonly string[]
  readonly label?: { readonly name: string; readonly value: string }
}

/** Which hosts: all that is given must match, and nothing given is every host. */
export interface HostSelector {
  readonly ids?: readonly string[]
  readonly group?: string
  readonly arch?: string
  readonly hardwareModel?: string
  readonly state?: string
  readonly labels?: Labels
}

/** Hosts of one page, and where the next one goes on; null after the last. */
export interface SelectedHosts {
  readonly hosts: readonly Host[]
  readonly next: string | null
}

/** Many ids in one statement, and few enough parameters for SQLite. */
export const AT_ONCE = 500

/** One more than a page, so that it can be told whether there is a next. */
export async function listHosts(
  db: Db,
  page: PageOf,
  { label, ids, ...filter }: HostFilter,
): Promise<Host[]> {
  const where = { ...filter, ...(label && { labels: { contains: asInLabels(label) } }) }
  const due = ids?.filter((id) => page.after === null || id > page.after).sort()
  const found: Host[] = []
  let after = page.after
  for (let i = 0; found.length <= page.limit; i += AT_ONCE) {
    const among = due && { id: { in: due.slice(i, i + AT_ONCE) } }
    const rows = await db.host.findMany({
      where: { ...where, ...(among ?? afterId({ ...page, after })) },
      ...(among ? { orderBy: { id: 'asc' }, take: AT_ONCE } : pageArgs(page)),
    })
    found.push(...rows.map(readHost).filter(({ labels }) => !label || labels[label.name] === label.value))
    after = rows.at(-1)?.id ?? after
    if (due ? i + AT_ONCE >= due.length : rows.length <= page.limit) break
  }
  return found.slice(0, page.limit + 1)
}

/** A page may hold fewer than `limit` hosts, and none at all, with more still to come. */
export async function selectHosts(
  db: Db,
  { after, limit }: PageOf,
  { ids, labels = {}, ...filter }: HostSelector,
): Promise<SelectedHosts> {
  const due = ids && [...new Set(ids)].filter((id) => after === null || id > after).sort()
  const among = due?.slice(0, limit)
  const wanted = Object.entries(labels)
  const rows = await db.host.findMany({
    where: {
      ...filter,
      ...(among ? { id: { in: among } } : afterId({ after, limit })),
      AND: wanted.map(([name, value]) => ({ labels: { contains: asInLabels({ name, value }) } })),
    },
    orderBy: { id: 'asc' },
    take: limit,
  })
  const more = due ? due.length > limit : rows.length === limit
  const last = among ? among.at(-1) : rows.at(-1)?.id
  const hosts = rows.map(readHost).filter((host) => wanted.every(([name, v]) => host.labels[name] === v))
  return { hosts, next: more && last ? last : null }
}

/**
 * A pattern for how one label stands in the stored JSON; it finds all that have it, and more: on SQLite LIKE minds
 * no case, on PostgreSQL a backslash would escape what follows. A `"` inside a value is escaped there, so it can't end
 * one early.
 */
function asInLabels({ name, value }: { name: string; value: string }): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`.replaceAll('\\', '_')
}

export function readHost(row: HostRow): Host {
  return { ...row, labels: JSON.parse(row.labels) as Labels }
}
