import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { Host as HostRow } from './generated/sqlite/client.ts'

export type Labels = Readonly<Record<string, string>>
export type Host = Omit<HostRow, 'labels'> & { readonly labels: Labels }
export type HostRows = ReturnType<typeof hostRows>

export interface HostFilter {
  readonly group?: string
  readonly arch?: string
  readonly state?: string
  readonly hostname?: string
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

export type HostChange = Partial<
  Pick<
    Host,
    | 'labels'
    | 'group'
    | 'hardwareModel'
    | 'state'
    | 'stateReason'
    | 'stateSince'
    | 'optOutReason'
    | 'optOutAt'
    | 'rebootMode'
    | Credential
    | 'bootedPlanId'
    | 'pinGeneration'
  >
>

/** What a host gets after it has enrolled. */
type Later = 'stateSince' | 'optOutReason' | 'optOutAt' | 'rebootMode' | Exclude<Credential, 'credentialHash'>
type Credential = 'credentialHash' | 'credentialSince' | 'nextCredentialHash' | 'nextCredentialAt'
export type NewHost = Omit<Host, Later>

export function hostRows(db: Db) {
  return {
    insert: async (host: NewHost) =>
      read(await db.host.create({ data: { ...host, labels: JSON.stringify(host.labels) } })),

    get: async (id: string) => maybe(await db.host.findUnique({ where: { id } })),

    ofMachine: async (machineId: string) => maybe(await db.host.findUnique({ where: { machineId } })),

    list: async (page: PageOf, { label, ...filter }: HostFilter) => {
      const rows = await db.host.findMany({
        where: { ...filter, ...(label && { labels: { contains: asInLabels(label) } }), ...afterId(page) },
        ...pageArgs(page),
      })
      return rows.map(read)
    },

    /** A page may hold fewer than `limit` hosts, and none at all, with more still to come. */
    select: async (
      { after, limit }: PageOf,
      { ids, labels = {}, ...filter }: HostSelector,
    ): Promise<SelectedHosts> => {
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
      // SQLite's LIKE minds neither case nor its own wildcards: it finds all that match, and more.
      const hosts = rows.map(read).filter((host) => wanted.every(([name, v]) => host.labels[name] === v))
      return { hosts, next: more && last ? last : null }
    },

    /** The hosts that somebody keeps out of every rollout. */
    held: () =>
      db.host.findMany({
        where: { OR: [{ state: 'quarantined' }, { optOutAt: { not: null } }] },
        select: HOLDS,
      }),

    update: async (id: string, { labels, ...change }: HostChange) =>
      read(
        await db.host.update({
          where: { id },
          data: { ...change, ...(labels && { labels: JSON.stringify(labels) }) },
        }),
      ),

    /** Takes its snapshots, plans, pins and timeline along. */
    remove: async (id: string) => {
      await db.host.delete({ where: { id } })
    },
  }
}

const HOLDS = {
  id: true,
  state: true,
  stateReason: true,
  stateSince: true,
  createdAt: true,
  optOutReason: true,
  optOutAt: true,
} as const

/** How one label stands in the stored JSON. A `"` inside a value is escaped there, so it can't end one early. */
function asInLabels({ name, value }: { name: string; value: string }): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`
}

function read(row: HostRow): Host {
  return { ...row, labels: JSON.parse(row.labels) as Labels }
}

function maybe(row: HostRow | null): Host | null {
  return row && read(row)
}
