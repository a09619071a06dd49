import type { Db, PageOf } from './db.ts'
import type { Host as HostRow } from './generated/sqlite/client.ts'
import {
  AT_ONCE,
  listHosts,
  readHost,
  selectHosts,
  type Host,
  type HostFilter,
  type HostSelector,
  type Labels,
  type SelectedHosts,
} from './host-search.ts'
import { plain } from './plain.ts'
import type { Sql } from './sql.ts'

export type { Host, HostFilter, HostSelector, Labels, SelectedHosts }
export type HostRows = ReturnType<typeof hostRows>

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
    | 'certificate'
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
  'id' | 'state' | 'createdAt' | 'credentialHash' | 'credentialSince' | 'nextCredentialHash' | 'certificate'
>
type Credential = 'credentialHash' | 'credentialSince' | 'nextCredentialHash' | 'nextCredentialAt'
export type NewHost = Omit<Host, Later | 'certificate'> & { readonly certificate?: string | null }

export function hostRows(db: Db, sql: Sql) {
  const table = plain<HostRow>(db, sql, 'Host')
  return {
    insert: async (host: NewHost) =>
      readHost(await db.host.create({ data: { ...host, labels: JSON.stringify(host.labels) } })),

    get: async (id: string) => maybe(await table.one({ id })),

    /** What is asked of a host before everything else: with every request, so no more than that. */
    credential: (id: string): Promise<ShownCredential | null> => table.one({ id }, SHOWN),

    ofMachine: async (machineId: string) => maybe(await db.host.findUnique({ where: { machineId } })),

    list: (page: PageOf, filter: HostFilter): Promise<Host[]> => listHosts(db, page, filter),

    /** A page may hold fewer than `limit` hosts, and none at all, with more still to come. */
    select: (page: PageOf, selector: HostSelector): Promise<SelectedHosts> => selectHosts(db, page, selector),

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

    /** Errors: throws where there is no such host. */
    update: async (id: string, { labels, ...change }: HostChange): Promise<Host> => {
      const [row] = await table.changed(
        { id },
        { ...change, ...(labels && { labels: JSON.stringify(labels) }) },
      )
      if (!row) throw new Error(`there is no ${id}`)
      return readHost(row)
    },

    /** One that this host never had: above the last one, and above what any database knew before `least`. */
    nextSerial: async (id: string, least: number): Promise<number> => {
      const last = await table.one({ id }, ['assignmentSerial'])
      if (!last) throw new Error(`there is no ${id}`)
      const serial = Math.max(last.assignmentSerial + 1, least)
      await table.change({ id }, { assignmentSerial: serial })
      return serial
    },

    /** Takes its snapshots, plans, pins and timeline along. */
    remove: async (id: string) => {
      await db.host.delete({ where: { id } })
    },
  }
}

const SHOWN = [
  ...(['id', 'state', 'createdAt', 'certificate'] as const),
  ...(['credentialHash', 'credentialSince', 'nextCredentialHash'] as const),
]

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

function maybe(row: HostRow | null): Host | null {
  return row && readHost(row)
}
