import type { MultipartFile, MultipartValue } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { BLOB_FILES } from '../../planner/index.ts'
import { RequestFailed } from '../failure.ts'

const BLOBS: ReadonlySet<string> = new Set(BLOB_FILES)

/**
 * Turns the parts of a multipart body into what the JSON body would be, so that one schema judges both.
 *
 * Errors: `invalid-input` for a part that came twice, `body-too-large`; an unknown name is left to the schema.
 */
export async function multipartSnapshot(request: FastifyRequest): Promise<void> {
  if (!request.isMultipart()) return
  const files: Record<string, string> = {}
  let bootId: string | undefined
  let left = request.routeOptions.bodyLimit
  for await (const { name, bytes } of partsOf(request)) {
    // The parser has a limit for each part alone.
    left -= bytes.length
    if (left < 0) throw tooLarge()
    if (name === 'boot_id') bootId = bytes.toString('utf8').trim()
    else if (Object.hasOwn(files, name)) throw twice(name)
    else files[name] = bytes.toString(BLOBS.has(name) ? 'base64' : 'utf8')
  }
  bootId ??= files['boot-id']?.trim()
  request.body = { boot_id: bootId, files }
}

interface Part {
  readonly name: string
  readonly bytes: Buffer
}

/** Errors: `malformed-body` for what the parser throws without saying whose fault it is: a boundary that is too long, a torn end. */
async function* partsOf(request: FastifyRequest): AsyncGenerator<Part> {
  try {
    for await (const part of request.parts()) yield { name: part.fieldname, bytes: await bytesOf(part) }
  } catch (error) {
    if (error instanceof RequestFailed || (error instanceof Error && 'statusCode' in error)) throw error
    throw new RequestFailed({ code: 'malformed-body', detail: 'the body could not be read as multipart' })
  }
}

async function bytesOf(part: MultipartFile | MultipartValue): Promise<Buffer> {
  if (part.type === 'file') return part.toBuffer()
  if (part.valueTruncated) throw tooLarge()
  return Buffer.from(String(part.value))
}

function tooLarge(): RequestFailed {
  return new RequestFailed({
    code: 'body-too-large',
    detail: 'the parts together are larger than this service takes',
  })
}

function twice(name: string): RequestFailed {
  const errors = [{ pointer: `/files/${name}`, code: 'duplicate', detail: 'this part came twice' }]
  return new RequestFailed({ code: 'invalid-input', errors })
}
