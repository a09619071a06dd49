import { document } from '../../http/api.ts'
import { resolved, type Schema } from './sample.ts'

/** One operation of the contract, with what a request for it is made of. */
export interface HostileOperation {
  readonly id: string
  readonly method: string
  readonly template: string
  readonly pointer: string
  readonly query: readonly Parameter[]
  readonly headers: readonly Parameter[]
  /** Null where it takes no body. */
  readonly body: Schema | null
  /** Bodies that the contract itself shows. */
  readonly examples: readonly unknown[]
  readonly isFleetlock: boolean
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>
}

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly schema: Schema
}

interface Shown {
  readonly operationId: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: HostileOperation['responses']
}

/** Every operation of openapi.json: one that is added there is attacked without anybody thinking of it. */
export const OPERATIONS: readonly HostileOperation[] = Object.entries(document.paths).flatMap(
  ([template, methods]) =>
    Object.entries(methods).map(([method, found]) => {
      const { operationId: id, parameters = [], requestBody, responses } = found as unknown as Shown
      const body = requestBody?.content['application/json']?.schema ?? null
      return {
        ...{ id, method, template, responses, body },
        pointer: `#/paths/${escaped(template)}/${method}`,
        query: parameters.filter((one) => one.in === 'query'),
        headers: parameters.filter((one) => one.in === 'header'),
        examples: body ? (resolved(body).examples ?? []) : [],
        isFleetlock: template.startsWith('/fleetlock/'),
      }
    }),
)

export function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1')
}
