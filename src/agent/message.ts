import type { CaptureFiles } from '../planner/index.ts'
import type { Report } from '../wire/plan.ts'
import { sha256 } from './sha256.ts'

/** What an agent tells of a plan. `booted` says what the post-boot hooks said; not every service takes it. */
export type AgentReport = Omit<Report, 'phase'> & { readonly phase: Report['phase'] | 'booted' }

/** What an agent has to say, until the service has taken it. */
export type Message =
  | { readonly kind: 'report'; readonly report: AgentReport }
  | {
      readonly kind: 'snapshot'
      readonly boot_id: string
      readonly files: WireFiles
      readonly proof: boolean
    }

/** Texts as they are, blobs in base64. */
export type WireFiles = { readonly [name: string]: string }

/** As the contract has it. */
const MAX_DETAIL = 2000

/** What ends a plan, or proves what became of it, is given up last. */
export function endsPlan(message: Message): boolean {
  if (message.kind === 'snapshot') return message.proof
  return message.report.phase === 'refused' || message.report.phase === 'failed'
}

/** Two messages with the same key say the same thing. A plan ends once, in whatever way. */
export function keyOf(message: Message): string {
  if (message.kind === 'snapshot')
    return `snapshot ${sha256(JSON.stringify([message.boot_id, message.files]))}`
  const { plan, phase, boot_id } = message.report
  return endsPlan(message) ? `${plan} ends` : `${plan} ${phase} ${boot_id}`
}

export function wireFiles(files: CaptureFiles): WireFiles {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name,
      typeof content === 'string' ? content : Buffer.from(content).toString('base64'),
    ]),
  )
}

/** Text as a report may carry it: one line without control characters, not too long. */
export function detailOf(text: string): string {
  return text
    .slice(0, MAX_DETAIL)
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\p{Cs}/gu, '')
}
