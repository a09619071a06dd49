import type { paths } from './generated/api.ts'

export type Method = 'get' | 'put' | 'post' | 'patch' | 'delete'

/** The paths of the contract that take a method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { readonly [K in M]: { responses: unknown } } ? P : never
}[keyof paths]

type Operation<M extends Method, P extends PathOf<M>> = paths[P][M]

type PathOperands<O> = O extends { parameters: { path: infer In } } ? { readonly path: In } : unknown
type Query<O> = O extends { parameters: { query?: infer In } }
  ? { readonly query?: Exclude<In, undefined> }
  : unknown

/** What a path and its query take. */
export type At<M extends Method, P extends PathOf<M>> = PathOperands<Operation<M, P>> & Query<Operation<M, P>>

/** The same as an operand, which may be left out where nothing of it is required. */
export type Where<M extends Method, P extends PathOf<M>> =
  object extends At<M, P> ? [at?: At<M, P>] : [at: At<M, P>]

/** What an operation is told; `undefined` where it is told nothing. */
export type BodyOf<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { requestBody?: { content: { 'application/json': infer In } } } ? In : undefined

/** What an operation answers when it succeeds; null where it answers nothing. */
export type AnswerOf<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { responses: infer Out } ? Succeeded<Out> : never

type Succeeded<Out> = {
  [S in keyof Out & (200 | 201 | 202 | 204)]: Out[S] extends { content: { 'application/json': infer In } }
    ? In
    : null
}[keyof Out & (200 | 201 | 202 | 204)]

/** One line of an answer that comes line by line. */
export type LineOf<P extends PathOf<'post'>> =
  Operation<'post', P> extends { responses: { 200: { content: { 'application/x-ndjson': infer Line } } } }
    ? Line
    : never
