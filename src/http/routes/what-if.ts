import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { sizedImage } from '../../planner/index.ts'
import type { BootEntry } from '../../store/boot-entries.ts'
import type { Host } from '../../store/hosts.ts'
import type { Rows } from '../../store/open-store.ts'
import { NoQuery } from '../../wire/page.ts'
import { WhatIfLine, WhatIfRequest, type ImageBySizes } from '../../wire/what-if.ts'
import { access, answers, BODY_CODES } from '../contract.ts'
import { notFound } from '../failure.ts'
import { begun, ndjson, sendLines } from '../lines.ts'
import type { Wanted } from '../plans/make-plan.ts'
import { NOTHING_ASKED } from '../plans/plan-grounds.ts'
import { selectHosts } from '../hosts/select-hosts.ts'
import { readOnce } from '../read-once.ts'
import type { Shell } from '../shell.ts'
import { holeLine, whatIfLine, type Inquiry } from '../plans/what-if-lines.ts'
import { whatIfSummary } from '../plans/what-if-summary.ts'

const viewer = access('viewer')

/** What-if: an image against many hosts, a line each as soon as it is known. Nothing is stored. */
export const whatIfs: FastifyPluginAsyncZod<Pick<Shell, 'store'>> = async (app, { store }) => {
  app.post('/what-if', {
    config: viewer.config,
    schema: {
      operationId: 'whatIf',
      summary:
        'Which hosts would take an image, which pins would move, who would refuse, and how many bytes short',
      description:
        'NDJSON: a line for each host, by id, then one with the summary. With `hole` it asks which hosts have so much free memory in one piece. Nothing is stored.',
      tags: ['plans'],
      security: viewer.security,
      querystring: NoQuery,
      body: WhatIfRequest,
      response: answers('viewer', { 200: ndjson(WhatIfLine) }, ['not-found', ...BODY_CODES]),
    },
    handler: async ({ body, log }, reply) => {
      const question = await questionOf(store, body)
      const inquiry: Inquiry = { rows: readOnce(store), wanted: question.wanted, log }
      const hosts = await begun(selectHosts(store, body.selector))
      const lines = answerLines(inquiry, question, hosts)
      return sendLines(reply, lines)
    },
  })
}

interface Question {
  readonly body: WhatIfRequest
  readonly wanted: Wanted
  readonly assumed: readonly string[]
}

async function questionOf(rows: Rows, body: WhatIfRequest): Promise<Question> {
  const { boot_entry, image, cmdline, purpose = 'reboot', on_broken: onBroken } = body
  const stored = boot_entry === undefined ? null : await rows.bootEntries.get(boot_entry)
  if (boot_entry !== undefined && !stored) throw notFound('boot entry')
  const { bootEntry, assumed } = stored ? { bootEntry: stored, assumed: [] } : unbuilt(image ?? ANY_IMAGE)
  const options = cmdline ?? bootEntry.options
  const asked = { ...NOTHING_ASKED, onBroken }
  const wanted: Wanted = {
    bootEntry: { ...bootEntry, options },
    purpose,
    strategy: 'pinned',
    snapshotId: null,
    asked,
  }
  return { body, wanted, assumed }
}

/** For what is asked of memory alone. */
const ANY_IMAGE: ImageBySizes = { kernel: { arch: 'arm64', size: 4096 }, initrd_size: null }

/** A boot entry of which only sizes are known. */
function unbuilt({ kernel, initrd_size }: ImageBySizes): {
  bootEntry: BootEntry
  assumed: readonly string[]
} {
  const { head, assumed } = sizedImage(kernel)
  const bootEntry: BootEntry = {
    id: '',
    title: '',
    version: '',
    architecture: kernel.arch,
    linuxSha256: '',
    linuxSize: kernel.size,
    linuxHeader: Uint8Array.from(head),
    initrdSha256: null,
    initrdSize: initrd_size,
    options: '',
    createdAt: new Date(0),
    devicetree: null,
    devicetreeSha256: null,
  }
  return { bootEntry, assumed }
}

async function* answerLines(
  inquiry: Inquiry,
  { body, assumed }: Question,
  hosts: AsyncIterable<Host>,
): AsyncGenerator<string> {
  const { hole, change = true, selector } = body
  const summary = whatIfSummary(selector.hosts)
  for await (const host of hosts) {
    const line = hole ? await holeLine(inquiry, host, hole) : await whatIfLine(inquiry, host, change)
    summary.add(line)
    yield `${JSON.stringify(line)}\n`
  }
  const assumptions = assumed.map((detail) => ({ code: 'image-by-sizes', detail }))
  yield `${JSON.stringify(hole ? summary.ofHole() : summary.ofImage(assumptions))}\n`
}
