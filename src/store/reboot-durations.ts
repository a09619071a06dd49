import type { Db } from './db.ts'
import { Prisma, type RebootDuration } from './generated/sqlite/client.ts'

export type { RebootDuration }
export type RebootDurationRows = ReturnType<typeof rebootDurationRows>

/** Reboots that went the same way, on the same hardware. Units: seconds. */
export interface DurationGroup {
  readonly way: string
  readonly arch: string
  readonly hardwareModel: string
  readonly count: number
  readonly median: number
  readonly p90: number
  readonly max: number
}

export interface DurationFilter {
  readonly since: Date
  readonly arch?: string
  readonly hardwareModel?: string
}

/** How many reboots took so long that they fall into one bucket of a histogram, and how long all of these together. */
export interface DurationBucket {
  readonly way: string
  readonly arch: string
  /** Index into the bounds; their number for what is longer than all of them. */
  readonly bucket: number
  readonly count: number
  readonly seconds: number
}

/** How long hosts were away. */
export function rebootDurationRows(db: Db) {
  return {
    insert: async (row: RebootDuration) => {
      await db.rebootDuration.create({ data: row })
    },

    /** Median and p90 are durations that were measured: the smallest that so many are not above. */
    groups: async ({ since, arch, hardwareModel }: DurationFilter): Promise<DurationGroup[]> => {
      const wanted = [
        Prisma.sql`"at" >= ${since}`,
        ...(arch === undefined ? [] : [Prisma.sql`"arch" = ${arch}`]),
        ...(hardwareModel === undefined ? [] : [Prisma.sql`"hardwareModel" = ${hardwareModel}`]),
      ]
      const rows = await db.$queryRaw<Raw<DurationGroup>[]>`
        WITH "ranked" AS (
          SELECT "way", "arch", "hardwareModel", "seconds",
            row_number() OVER (PARTITION BY "way", "arch", "hardwareModel" ORDER BY "seconds") AS "n",
            count(*) OVER (PARTITION BY "way", "arch", "hardwareModel") AS "of"
          FROM "RebootDuration" WHERE ${Prisma.join(wanted, ' AND ')}
        )
        SELECT "way", "arch", "hardwareModel", count(*) AS "count", max("seconds") AS "max",
          min(CASE WHEN "n" * 2 >= "of" THEN "seconds" END) AS "median",
          min(CASE WHEN "n" * 10 >= "of" * 9 THEN "seconds" END) AS "p90"
        FROM "ranked" GROUP BY "way", "arch", "hardwareModel" ORDER BY "hardwareModel", "arch", "way"`
      return rows.map((row) => ({ ...row, count: Number(row.count) }))
    },

    /** All that were ever measured, by the bounds of a histogram. Units: seconds, ascending. */
    buckets: async (bounds: readonly number[]): Promise<DurationBucket[]> => {
      const within = bounds.map(
        (bound, i) => Prisma.sql`WHEN "seconds" <= ${bound} THEN ${Prisma.raw(`${i}`)}`,
      )
      const rows = await db.$queryRaw<Raw<DurationBucket>[]>`
        SELECT "way", "arch", CASE ${Prisma.join(within, ' ')} ELSE ${Prisma.raw(`${bounds.length}`)} END AS "bucket",
          count(*) AS "count", sum("seconds") AS "seconds"
        FROM "RebootDuration" GROUP BY 1, 2, 3`
      return rows.map((row) => ({ ...row, bucket: Number(row.bucket), count: Number(row.count) }))
    },
  }
}

/** Integers come from SQLite as they can be there. */
type Raw<T> = { readonly [K in keyof T]: T[K] extends number ? number | bigint : T[K] } & {
  readonly [K in 'median' | 'p90' | 'max' | ('seconds' & keyof T)]: number
}
