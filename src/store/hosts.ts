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
    | Refused
    | Credential
    | 'bootedPlanId'
    | 'pinGeneration'
    | 'release'
  >
>

/** What a host gets after it has enrolled. */
type Later =
  | 'assignmentSerial'
  | 'stateSince'
  | 'optOutReason'
  | 'optOutAt'
  | 'rebootMode'
  | 'release'
  | Refused
  | Exclude<Credential, 'credentialHash'>
type Refused = 'loadRefusal' | 'loadRefusalSince'
export type ShownCredential = Pick<
  Host,
  'id' | 'state' | 'createdAt' | 'credentialHash' | 'credentialSince' | 'nextCredentialHash'
>
type Credential = 'credentialHash' | 'credentialSince' | 'nextCredentialHash' | 'nextCredentialAt'
export type NewHost = Omit<Host, Later>

export function hostRows(db: Db) {
  return {
    insert: async (host: NewHost) =>
      read(await db.host.create({ data: { ...host, labels: JSON.stringify(host.labels) } })),

    get: async (id: string) => maybe(await db.host.findUnique({ where: { id } })),

    /** What is asked of a host before everything else: with every request, so no more than that. */
    credential: (id: string) =>
      db.host.findUnique({
        where: { id },
        select: {
          ...{ id: true, state: true, createdAt: true },
          ...{ credentialHash: true, credentialSince: true, nextCredentialHash: true },
        },
      }),

    ofMachine: async (machineId: string) => maybe(await db.host.findUnique({ where: { machineId } })),

    list: async (page: PageOf, { label, ids, ...filter }: HostFilter) => {
      const where = { ...filter, ...(label && { labels: { contains: asInLabels(label) } }) }
      if (!ids)
        return (await db.host.findMany({ where: { ...where, ...afterId(page) }, ...pageArgs(page) })).map(
          read,
        )
      const due = ids.filter((id) => page.after === null || id > page.after).sort()
      const rows: HostRow[] = []
      for (let i = 0; i < due.length && rows.length <= page.limit; i += AT_ONCE) {
        const among = { id: { in: due.slice(i, i + AT_ONCE) } }
        rows.push(...(await db.host.findMany({ where: { ...where, ...among }, orderBy: { id: 'asc' } })))
      }
      return rows.slice(0, page.limit + 1).map(read)
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

    /** The hosts whose kernel would refuse a load. */
    refused: () => db.host.findMany({ where: { loadRefusal: { not: null } }, select: REFUSED }),

    /** Ids and groups of those in one of these groups; of every host where none are named. */
    grouped: (groups?: readonly string[]) =>
      db.host.findMany({
        where: groups ? { group: { in: [...groups] } } : {},
        select: { id: true, group: true },
      }),

    /** Labels of those that there are; in statements of few enough parameters. */
    labelsOf: async (ids: readonly string[]): Promise<ReadonlyMap<string, Labels>> => {
      const labels = new Map<string, Labels>()
      for (let i = 0; i < ids.length; i += AT_ONCE) {
        const among = ids.slice(i, i + AT_ONCE)
        const rows = await db.host.findMany({
          where: { id: { in: among } },
          select: { id: true, labels: true },
        })
        for (const row of rows) labels.set(row.id, JSON.parse(row.labels) as Labels)
      }
      return labels
    },

    update: async (id: string, { labels, ...change }: HostChange) =>
      read(
        await db.host.update({
          where: { id },
          data: { ...change, ...(labels && { labels: JSON.stringify(labels) }) },
        }),
      ),

    /** One that this host never had: above the last one, and above what any database knew before `least`. */
    nextSerial: async (id: string, least: number): Promise<number> => {
      const { assignmentSerial: last } = await db.host.findUniqueOrThrow({
        where: { id },
        select: { assignmentSerial: true },
      })
      const serial = Math.max(last + 1, least)
      await db.host.update({ where: { id }, data: { assignmentSerial: serial } })
      return serial
    },

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

const REFUSED = {
  id: true,
  hardwareModel: true,
  rebootMode: true,
  loadRefusal: true,
  loadRefusalSince: true,
} as const

const AT_ONCE = 500

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
