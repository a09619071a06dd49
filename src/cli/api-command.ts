import type { Command } from 'commander'
import type { AnswerOf, At, BodyOf, Method, PathOf } from '../client/contract.ts'
import type { ExitCode } from './io.ts'
import { remoteCommand, type RemoteCommand, type Stage } from './remote-command.ts'
import type { ItemOf } from './remote.ts'
import type { Columns } from './table.ts'

export const HOST = ['host', 'its id, or a hostname that no other host has'] as const
export const REASON = ['--reason <text>', 'why; kept in the audit'] as const

type QueryName<M extends Method, P extends PathOf<M>> =
  At<M, P> extends { readonly query?: infer In } ? keyof In & string : never

/** What every command over one operation of the API has. */
interface Words<M extends Method, P extends PathOf<M>> {
  readonly description: string
  readonly examples: readonly string[]
  readonly exits?: RemoteCommand['exits']
  /** Parameters of the query that options of the same name set. */
  readonly query?: readonly QueryName<M, P>[]
}

/** A list of the API, all pages of it. */
export interface ListCommand<P extends PathOf<'get'>> extends Words<'get', P> {
  readonly columns: Columns<ItemOf<AnswerOf<'get', P>>>
  /** What is said where there is nothing. */
  readonly none: string
}

/** One operation of the API. What is not told as a table or as text is told as YAML. */
export interface ApiCommand<M extends Method, P extends PathOf<M>> extends Words<M, P> {
  /** What is told, from options and operands. */
  readonly body?: (given: never) => BodyOf<M, P> | Promise<BodyOf<M, P>>
  /** What is changed, as words: it is read first, and changed only where it is still that. */
  readonly guard?: (given: never) => string
  readonly columns?: Columns<NonNullable<AnswerOf<M, P>>>
  readonly text?: (body: NonNullable<AnswerOf<M, P>>) => string
  /** What is said where the service answers nothing. */
  readonly done?: (given: never) => string
  /** What the command leaves with; 0 where it is left out. */
  readonly exit?: (body: NonNullable<AnswerOf<M, P>>) => ExitCode
}

/** Makes a command one that lists what one path of the API lists. */
export function listCommand<P extends PathOf<'get'>>(
  command: Command,
  stage: Stage,
  path: P,
  what: ListCommand<P>,
): Command {
  const start = async () => (await import('./api-call.ts')).listCall(nameOf(command), path, what)
  return operands(remoteCommand(command, stage, { ...what, start }), path)
}

/** Makes a command one operation of the API. Operands are the names in its path, in their order. */
export function apiCommand<M extends Method, P extends PathOf<M>>(
  command: Command,
  stage: Stage,
  [method, path]: readonly [M, P],
  what: ApiCommand<M, P>,
): Command {
  const start = async () => (await import('./api-call.ts')).apiCall(nameOf(command), [method, path], what)
  return operands(remoteCommand(command, stage, { ...what, start }), path)
}

/** What the names in a path are as operands: `hostId` is a host. */
export function operandNames(
  path: string,
): readonly { readonly parameter: string; readonly operand: string }[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter = '']) => {
    // Operands and options come under their names together, and every command has an option `--key`.
    const name = parameter === 'keyId' ? parameter : parameter.replace(/Id$/, '')
    return { parameter, operand: name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`) }
  })
}

function operands(command: Command, path: string): Command {
  for (const { operand, parameter } of operandNames(path)) {
    const [host, words] = HOST
    if (operand === host) command.argument(`<${host}>`, words)
    else command.argument(`<${operand}>`, parameter.endsWith('Id') ? 'its id' : 'its name')
  }
  return command
}

/** As it is typed, without the program's own name. */
export function nameOf(command: Command): string {
  const { parent } = command
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name()
}
