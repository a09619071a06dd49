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

export type HostChange = Partial<
  Pick<
    Host,
    'labels' | 'group' | 'hardwareModel' | 'state' | 'stateReason' | 'bootedPlanId' | 'pinGeneration'
  >
>

export function hostRows(db: Db) {
  return {
    insert: async (host: Host) =>
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
