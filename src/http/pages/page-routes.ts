import type { FastifyInstance } from 'fastify'

/** What every file of pages is given. */
export interface Pages {
  /** The whole service, to be asked as the visitor. */
  readonly api: FastifyInstance
}
