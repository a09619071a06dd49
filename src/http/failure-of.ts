import type { FastifyError } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { InputError } from '../wire/problem.ts'
import { outageOf } from '../store/outage.ts'
import { RequestFailed, type Failure } from './failure.ts'

/** What a thrown thing means to the caller; what nobody foresaw is `internal`, and tells nothing. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RequestFailed) return error.failure
  if (hasZodFastifySchemaValidationErrors(error)) {
    const context = (error as FastifyError).validationContext ?? 'body'
    return { code: 'invalid-input', errors: told(error.validation, PREFIX[context] ?? '') }
  }
  switch (codeOf(error)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
    case 'FST_REQ_FILE_TOO_LARGE':
    case 'FST_PARTS_LIMIT':
      return { code: 'body-too-large', detail: 'the body is larger than this service takes' }
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { code: 'unsupported-media-type', detail: 'the body is of a type that this route does not read' }
    case 'FST_UNDER_PRESSURE':
      return { code: 'unavailable', retryAfter: 5 }
  }
  const outage = outageOf(error)
  if (outage) return { code: 'unavailable', retryAfter: outage.retryAfter, detail: outage.detail }
  // What else the framework blames on the body: an empty one, bad JSON, a wrong length, a torn multipart.
  if (isClientError(error)) return { code: 'malformed-body', detail: 'the body could not be read' }
  return { code: 'internal', detail: 'something went wrong here; the log has it under the request id' }
}

const PREFIX: Record<string, string> = { body: '', querystring: 'query', params: 'path', headers: 'header' }

interface Issue {
  readonly keyword?: string
  readonly instancePath: string
  readonly message?: string
  readonly params?: { readonly keys?: unknown }
}

/** Who sends a thousand wrong fields would get an answer that is larger than what he sent. */
export const MAX_TOLD = 100

/** What does not match a schema, place by place, and not more of it than anybody reads. */
export function told(issues: readonly Issue[], prefix: string): InputError[] {
  const errors: InputError[] = []
  for (const issue of issues) {
    errors.push(...inputErrors(issue, prefix).slice(0, MAX_TOLD + 1 - errors.length))
    if (errors.length > MAX_TOLD) break
  }
  if (errors.length <= MAX_TOLD) return errors
  const more = { pointer: '/', code: 'too-many', detail: `more is wrong than the ${MAX_TOLD} places above` }
  return [...errors.slice(0, MAX_TOLD), more]
}

function inputErrors(issue: Issue, prefix: string): InputError[] {
  const base = `${prefix}${issue.instancePath === '/' ? '' : issue.instancePath}`
  const code = (issue.keyword ?? 'invalid').replaceAll('_', '-')
  const detail = issue.message ?? 'invalid'
  const keys = issue.params?.keys
  // Of unknown fields each is a place of its own.
  if (issue.keyword === 'unrecognized_keys' && Array.isArray(keys)) {
    return keys.slice(0, MAX_TOLD + 1).map((key) => ({
      pointer: `${base}/${String(key)}`,
      code: 'unknown-field',
      detail: 'unknown field',
    }))
  }
  return [{ pointer: base === '' ? '/' : base, code, detail }]
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function isClientError(error: unknown): boolean {
  if (!(error instanceof Error) || !('statusCode' in error)) return false
  const status = Number(error.statusCode)
  return status >= 400 && status < 500
}
