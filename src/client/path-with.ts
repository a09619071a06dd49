import { createFinalURL, createQuerySerializer, defaultPathSerializer } from 'openapi-fetch'
import type { At, Method, PathOf } from './contract.ts'

const querySerializer = createQuerySerializer()

/** A path of the contract with its operands in it, and its query behind it. */
export function pathWith<M extends Method, P extends PathOf<M>>(path: P, at: At<M, P> | undefined): string {
  const params = (at ?? {}) as { path?: Record<string, unknown>; query?: Record<string, unknown> }
  return createFinalURL(path, { baseUrl: '', params, querySerializer, pathSerializer: defaultPathSerializer })
}
