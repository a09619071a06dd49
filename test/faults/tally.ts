import { appendFileSync } from 'node:fs'
import { SERVER } from '../database.ts'

/** What one kind of fault came to; `npm run test:faults` puts them below one another. */
export interface Tally {
  readonly kind: string
  readonly seed: number
  readonly seconds: number
  /** Processes that were killed. */
  readonly kills: number
  /** Whatever else was done to the service: hostile inputs, torn connections, statements that failed. */
  readonly faults: number
  readonly requests: number
  /** Writes that the service said were done. */
  readonly acknowledged: number
  /** Of those, writes that were not there afterwards. */
  readonly lost: number
  /** Reboots that were granted twice. */
  readonly doubleGrants: number
  /** Answers that the contract or the state of the database says are wrong. */
  readonly wrong: number
  /** More that this kind has to say, a line each. */
  readonly remarks: readonly string[]
}

const FILE = process.env['FAULTS_TALLY']
const HOW = process.env['FAULTS_ASKED']

/** How long this run is to be: `npm run test:faults` says so, and `npm test` makes do with little. */
export const ASKED = {
  isLong: HOW === 'long',
  /** Whether it is the command that asks, and what takes longer than a test may be done. */
  isByCommand: HOW !== undefined,
  seed: Number(process.env['FAULTS_SEED'] ?? 1),
  perEndpoint: Number(process.env['FAULTS_PER_ENDPOINT'] ?? 10),
  replicas: Number(process.env['FAULTS_REPLICAS'] ?? 3),
  kills: Number(process.env['FAULTS_KILLS'] ?? 1),
}

/** Keeps a tally for whoever has named a file for it: the command, or CI, which both make one table of all. */
export function keepTally(tally: Tally): void {
  const engine = SERVER !== undefined || tally.kind === 'replicas' ? 'PostgreSQL' : 'SQLite'
  if (FILE !== undefined) appendFileSync(FILE, `${JSON.stringify({ ...tally, engine })}\n`)
}
