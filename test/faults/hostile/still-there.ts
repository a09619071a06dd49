import type { Cast } from '../mould.ts'
import { rawDatabase } from '../raw-database.ts'
import type { Speaker, WireAnswer } from '../wire.ts'
import { judge } from './judge.ts'
import { OPERATIONS, type HostileOperation } from './operations.ts'
import type { HostileRequest } from './request.ts'
import type { Targets } from './targets.ts'

interface Missed {
  readonly operation: string
  readonly what: string
}

const LISTS = OPERATIONS.filter(({ query }) => query.some(({ name }) => name === 'cursor'))
/** What goes with the host, and not otherwise. */
const OF_HOST = ['getHost', 'getSnapshot', 'getFindings', 'getMap', 'getPlan', 'getPlanState', 'getPins']
/** What no request of the run takes away. */
const KEPT = ['getBootEntry', 'getFleet']

/**
 * Everything that is stored can be read, page after page, as the contract has it; and the database is sound. `isHostGone`: the service
 * said that it has deleted the host, as it does for whoever names the right ETag.
 */
export async function stillThere(
  client: Speaker,
  {
    cast,
    targets,
    isHostGone,
  }: { readonly cast: Cast; readonly targets: Targets; readonly isHostGone: boolean },
): Promise<Missed[]> {
  const missed: Missed[] = []
  const ask = async (op: HostileOperation, query: string): Promise<WireAnswer> => {
    const target =
      op.template.replace(/\{([^}]+)\}/g, (_, name: string) => targets.params[name] ?? '') + query
    const headers: [string, string][] = [['host', 'berth'], ['authorization', `Bearer ${targets.admin}`]] // prettier-ignore
    const request: HostileRequest = { op, method: 'GET', target, headers, body: null }
    const lines = [`GET ${target} HTTP/1.1`, ...headers.map((one) => one.join(': '))]
    const answer = await client.say(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), { method: 'GET' })
    const wrong = judge(request, answer)
    if (wrong !== null) missed.push({ operation: op.id, what: wrong })
    return answer
  }
  for (const op of OPERATIONS.filter(({ id }) => [...OF_HOST, ...KEPT].includes(id))) {
    const { status } = await ask(op, '')
    const right = isHostGone && OF_HOST.includes(op.id) ? 404 : 200
    if (status !== right) missed.push({ operation: op.id, what: `answers ${status}, not ${right}` })
  }
  for (const op of LISTS) {
    for (let query = '?limit=500'; query !== '';) {
      const { body } = await ask(op, query)
      const { next_cursor = null } = JSON.parse(body.toString()) as { next_cursor?: string | null }
      query = next_cursor === null ? '' : `?limit=500&cursor=${next_cursor}`
    }
  }
  const raw = await rawDatabase(cast.databaseUrl)
  for (const what of await raw.faults()) missed.push({ operation: 'database', what })
  await raw.close()
  return missed
}
