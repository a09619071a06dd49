import { z } from 'zod'
import { Problem } from '../wire/problem.ts'
import type { ProblemCode } from '../wire/problem-code.ts'
import type { Access } from './access.ts'
import { statusOf } from './problems.ts'

/** What the planner can refuse, wherever a request plans. */
export const PLANNER_CODES = [
  'no-hole',
  'pin-broken',
  'kernel-too-short',
  'kernel-compressed',
  'kernel-unknown',
  'kernel-other-arch',
  'kernel-32-bit',
  'kernel-not-loadable',
  'arch-mismatch',
  'cmdline-too-long',
  'initrd-too-large',
  'initrd-too-far',
  'over-half-of-ram',
  'no-crashkernel',
  'fdt-missing',
  'memblock-missing',
  'unknown-rules',
  'exception-without-evidence',
] as const satisfies readonly ProblemCode[]

/** What an image's header can be refused for. */
export const KERNEL_CODES = [
  'kernel-too-short',
  'kernel-compressed',
  'kernel-unknown',
  'kernel-other-arch',
  'kernel-32-bit',
  'kernel-not-loadable',
] as const satisfies readonly ProblemCode[]

/** What handing a plan to an agent can end in. */
export const ASSIGN_CODES = [
  'not-assignable',
  'stale-plan',
  'wrong-plan-state',
  'exception-expired',
] as const satisfies readonly ProblemCode[]

/** What every read of a body can end in. */
export const BODY_CODES = ['malformed-body', 'body-too-large', 'unsupported-media-type'] as const
/** What every write with an Idempotency-Key can end in. */
export const REPEAT_CODES = ['request-in-flight', 'idempotency-key-reused'] as const

const EVERY_ROUTE: readonly ProblemCode[] = ['invalid-input', 'too-many-requests', 'internal', 'unavailable']
const WITH_CREDENTIAL: readonly ProblemCode[] = [
  'unauthenticated',
  'wrong-certificate',
  'forbidden',
  'host-quarantined',
]

/**
 * The responses of a route: what it gives, and every problem it can end in with the codes of each status.
 * What every route can end in is added by itself. Only the successes are typed, since handlers throw problems.
 */
export function answers<S extends object>(access: Access, success: S, codes: readonly ProblemCode[] = []): S {
  return exactly(success, [...EVERY_ROUTE, ...(access === 'public' ? [] : WITH_CREDENTIAL), ...codes])
}

/** The same for the few routes that stand apart: these problems and no other. */
export function exactly<S extends object>(success: S, codes: readonly ProblemCode[]): S {
  const problems: Record<number, unknown> = {}
  for (const status of new Set(codes.map(statusOf))) {
    const these = [...new Set(codes.filter((code) => statusOf(code) === status))].sort()
    problems[status] = {
      description: these.join(', '),
      content: { 'application/problem+json': { schema: narrowed(these) } },
    }
  }
  return { ...success, ...problems }
}

/** How a route says who may call it, for the guard and for the contract. */
export function access(who: Access) {
  const security = who === 'public' ? [] : [{ credential: [] }]
  return { config: { access: who }, security }
}

function narrowed(codes: readonly ProblemCode[]) {
  return z.intersection(Problem, z.looseObject({ code: z.enum(codes as [ProblemCode, ...ProblemCode[]]) }))
}

/** Loose, because a request has many headers that are not the contract's. */
export const WriteHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .optional()
    .describe('For 24 hours the same key and request get the same answer.'),
})

export const MatchHeaders = z.looseObject({
  'if-match': z.string().optional().describe('The ETag of what is to be changed. Required: without it 428.'),
})

export const NoContent = z.null().describe('Done.')

/** A body that may be left out, and has no fields when it is not. */
export const EmptyBody = z.strictObject({}).nullish()

/** The same thing for people, by Accept. The type stays that of the JSON: text is sent past the serializer. */
export function orText<T extends z.ZodType>(schema: T): T {
  const content = { 'application/json': { schema }, 'text/plain': { schema: z.string() } }
  return { description: 'JSON, or text by Accept.', content } as unknown as T
}

/** The same, and a picture of it. */
export function orPicture<T extends z.ZodType>(schema: T): T {
  const text = { schema: z.string() }
  const content = { 'application/json': { schema }, 'text/plain': text, 'image/svg+xml': text }
  return { description: 'JSON, or text, or a picture, by Accept.', content } as unknown as T
}
