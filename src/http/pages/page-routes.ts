import type { FastifyInstance } from 'fastify'
import type { Meter } from '../metrics/meter.ts'

/** What every file of pages is given. */
export interface Pages {
  /** The whole service, to be asked as the visitor. */
  readonly api: FastifyInstance
  readonly meter: Meter
}
