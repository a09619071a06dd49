import { createHash } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { besidePrisma, type Beside } from '../sql.ts'

/** Names of so many statements are remembered; the service itself has fewer different ones. */
const MOST_NAMES = 1000

/** Prisma's adapter over a pool of connections, each of which keeps its statements prepared by their names. */
export class PgAdapter extends PrismaPg {
  #beside: Beside | null = null

  constructor(config: Exclude<ConstructorParameters<typeof PrismaPg>[0], string>) {
    const names = new Map<string, string>()
    super(config, {
      statementNameGenerator: ({ sql }) => {
        const known = names.get(sql)
        if (known !== undefined) return known
        const name = createHash('sha1').update(sql).digest('base64')
        if (names.size >= MOST_NAMES) names.clear()
        names.set(sql, name)
        return name
      },
      // A connection that breaks while nobody uses it is no news: the next who needs one makes it.
      onPoolError: () => {},
    })
  }

  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect()
    this.#beside = besidePrisma(adapter)
    return adapter
  }

  /** The way past Prisma's client, once that has connected. */
  beside(): Beside {
    if (!this.#beside) throw new Error('nobody has connected')
    return this.#beside
  }
}
