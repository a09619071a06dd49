import type { AnswerOf, Method, PathOf } from '../client/contract.ts'
import { operandNames, type ApiCommand, type ListCommand } from './api-command.ts'
import { hostNamed } from './host-named.ts'
import { EXIT, type ExitCode } from './io.ts'
import { overApi, type Answer, type Asked, type Remote, type RemoteOptions } from './remote.ts'
import { yamlText } from './show.ts'
import { tableOf } from './table.ts'

type Given = RemoteOptions & Readonly<Record<string, unknown>>
interface Where {
  readonly path: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, unknown>>
}
/** Which operation it is was checked where the command is made. */
type Untyped = (first: string, ...rest: unknown[]) => Promise<Answer<unknown> | null>

/** Carries out a command that lists. */
export function listCall<P extends PathOf<'get'>>(
  name: string,
  path: P,
  { query = [], columns, none }: Pick<ListCommand<P>, 'query' | 'columns' | 'none'>,
): (asked: Asked<RemoteOptions>) => Promise<ExitCode> {
  return (asked) =>
    overApi(name, asked, async (remote) => {
      const at = await whereOf(remote, path, query, asked.options as Given)
      const page = await (remote.list as (path: P, at: Where) => ReturnType<typeof remote.list<P>>)(path, at)
      return remote.show(page, () => (page.items.length > 0 ? tableOf(page.items, columns) : `${none}\n`))
    })
}

/** Carries out a command that is one operation. */
export function apiCall<M extends Method, P extends PathOf<M>>(
  name: string,
  [method, path]: readonly [M, P],
  what: ApiCommand<M, P>,
): (asked: Asked<RemoteOptions>) => Promise<ExitCode> {
  return (asked) =>
    overApi(name, asked, async (remote) => {
      const { query = [], columns, text, exit } = what
      const at = await whereOf(remote, path, query, asked.options as Given)
      const given = asked.options as never
      const body = await what.body?.((await withHostId(remote, at, given)) as never)
      const write = { ...at, body, ...(await unchanged(remote, path, at, what, given)) }
      const answer = await (remote.send as Untyped)(method, path, write)
      const told = answer?.body as NonNullable<AnswerOf<M, P>> | null
      if (told === null) return remote.say(`${what.done?.(given) ?? 'done'}\n`)
      remote.show(told, () => text?.(told) ?? (columns ? tableOf([told], columns) : yamlText(told)))
      return exit?.(told) ?? EXIT.ok
    })
}

/** What a change is built on: the first of its kind is built on nothing. */
async function unchanged<M extends Method, P extends PathOf<M>>(
  remote: Remote,
  path: P,
  at: Where,
  { guard }: ApiCommand<M, P>,
  given: never,
) {
  if (!guard) return {}
  const before = await (remote.find as Untyped)(path, { path: at.path })
  return { etag: before?.etag ?? null, changes: guard(given) }
}

/** Operands and options under the names that the contract gives them; a host may be named by its hostname. */
async function whereOf(remote: Remote, path: string, query: readonly string[], given: Given): Promise<Where> {
  const at: Record<string, string> = {}
  for (const { parameter, operand } of operandNames(path)) {
    const word = String(given[operand])
    at[parameter] = operand === 'host' ? await hostNamed(remote, word) : word
  }
  const asked: Record<string, unknown> = {}
  for (const name of query) {
    const value = given[name.replace(/_(\w)/g, (_, c: string) => c.toUpperCase())]
    asked[name] = name === 'host' && typeof value === 'string' ? await hostNamed(remote, value) : value
  }
  return { path: at, query: asked }
}

/** A host that is named in an option goes by its id too. */
async function withHostId(remote: Remote, { path }: Where, given: Given): Promise<Given> {
  const { host } = given
  return typeof host === 'string'
    ? { ...given, host: path['hostId'] ?? (await hostNamed(remote, host)) }
    : given
}
