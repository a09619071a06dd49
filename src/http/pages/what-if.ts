import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { lines, ProblemError, type Berth } from '../../client/index.ts'
import { whatIfPage, type WhatIfAnswer } from '../../web/what-if.tsx'
import { GroupName } from '../../wire/host.ts'
import { ArchName, BootEntryId, PhysAddrHex, words } from '../../wire/scalars.ts'
import type { HoleHost, WhatIfHost, WhatIfLine, WhatIfRequest } from '../../wire/what-if.ts'
import { dropEmpty } from './drop-empty.ts'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { reasonsOf } from './reasons.ts'
import { SizeField } from './size-field.ts'
import { openVisit } from './visit.ts'

/** More rows than this nobody reads; the counts are of all. */
const SHOWN = 500
const ENTRIES = 100

const group = GroupName.optional()
const ByEntry = z.object({
  ask: z.literal('entry'),
  boot_entry: BootEntryId,
  cmdline: words(4096).optional(),
  group,
})
const BySizes = z.object({
  ...{ ask: z.literal('sizes'), arch: ArchName, kernel_size: SizeField, group },
  ...{ memsz: SizeField.optional(), initrd_size: SizeField.optional() },
})
const ByHole = z.object({
  ...{ ask: z.literal('hole'), bytes: SizeField, group },
  ...{ above: PhysAddrHex.optional(), below: PhysAddrHex.optional() },
})
const Question = z.discriminatedUnion('ask', [ByEntry, BySizes, ByHole])
type Request = z.input<typeof WhatIfRequest>

/** Which hosts would take an image; the question stands in the address. */
export const whatIfPages: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  const Query = z.record(z.string(), z.string().max(5000))
  web.get(
    '/what-if',
    { preValidation: dropEmpty, schema: { querystring: Query } },
    async (request, reply) => {
      const { berth, visit } = await openVisit(api, request, reply)
      const asked = request.query
      const { data } = await berth.GET('/v1/boot-entries', {
        params: { query: { order: 'newest', limit: ENTRIES } },
      })
      const shown = { asked, entries: data!.items, answer: null, refused: [] }
      if (asked['ask'] === undefined) return html(reply, whatIfPage(visit(), shown))
      const read = Question.safeParse(asked)
      if (!read.success) {
        const refused = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
        return html(reply.code(400), whatIfPage(visit(), { ...shown, refused }))
      }
      const body = requestOf(read.data)
      const call = { method: 'POST', path: '/v1/what-if', body: JSON.stringify(body) }
      const seen = { ...visit(), calls: [...visit().calls, call] }
      try {
        return html(reply, whatIfPage(seen, { ...shown, answer: await answerOf(berth, body) }))
      } catch (thrown) {
        if (!(thrown instanceof ProblemError) || thrown.problem.status === 401) throw thrown
        const { problem } = thrown
        return html(reply.code(problem.status), whatIfPage(seen, { ...shown, refused: reasonsOf(problem) }))
      }
    },
  )
}

function requestOf(question: z.infer<typeof Question>): Request {
  const selector = question.group === undefined ? {} : { group: question.group }
  switch (question.ask) {
    case 'entry': {
      const { boot_entry, cmdline } = question
      return { selector, boot_entry, ...(cmdline !== undefined && { cmdline }) }
    }
    case 'sizes': {
      const { arch, kernel_size: size, memsz, initrd_size = null } = question
      const kernel = { arch, size, ...(memsz !== undefined && { memsz }) }
      // Hosts of another architecture have nothing to say to it.
      return { selector: { ...selector, arch }, image: { kernel, initrd_size } }
    }
    case 'hole': {
      const { bytes, above, below } = question
      return { selector, hole: { bytes, ...(above && { above }), ...(below && { below }) } }
    }
  }
}

const WORST_FIRST: readonly (WhatIfHost | HoleHost)['verdict'][] = [
  ...([
    'refuses',
    'has-not',
    'error',
    'moves',
    'no-snapshot',
    'places',
    'fits',
    'has',
    'other-arch',
  ] as const),
]

async function answerOf(berth: Berth, body: Request): Promise<WhatIfAnswer> {
  const { data } = await berth.POST('/v1/what-if', { body: body as never, parseAs: 'stream' })
  const hosts: (WhatIfHost | HoleHost)[] = []
  let summary: WhatIfAnswer['summary'] | null = null
  for await (const line of lines<z.infer<typeof WhatIfLine>>(data as ReadableStream<Uint8Array>)) {
    if ('summary' in line) summary = line.summary
    else hosts.push(line)
  }
  if (!summary) throw new Error('the answer broke off before its summary')
  const rank = ({ verdict }: WhatIfHost | HoleHost) => WORST_FIRST.indexOf(verdict)
  hosts.sort((a, b) => rank(a) - rank(b) || a.hostname.localeCompare(b.hostname))
  return { hosts: hosts.slice(0, SHOWN), left: Math.max(0, hosts.length - SHOWN), summary }
}
