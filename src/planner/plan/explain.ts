import { hex, MAX_PHYS_ADDR } from '../bytes/phys-addr.ts'
import type { Range } from '../bytes/range.ts'
import type { Because, NoHole } from '../place/refusal.ts'
import type { BadKernel } from '../image/bad-kernel.ts'
import type { BadKernelFailure, LoadFailure, NoHoleFailure, PlanFailure } from './plan-failure.ts'

/** A failure in wire form. */
export function toldFailure(failure: LoadFailure): PlanFailure {
  return failure.code === 'no-hole' ? noHoleFailure(failure) : failure
}

/** With a sentence for people. */
function noHoleFailure(noHole: NoHole): NoHoleFailure {
  const { buf } = noHole
  const place = buf.min > 0 ? ` at or above ${hex(buf.min)}` : ''
  return {
    code: 'no-hole',
    detail: `no hole for the ${buf.kind}: ${buf.memsz} bytes, aligned to ${hex(buf.align)}${place}`,
    buf: {
      kind: buf.kind,
      bufsz: buf.bufsz,
      memsz: buf.memsz,
      align: buf.align,
      min: hex(buf.min),
      max: buf.max === MAX_PHYS_ADDR ? null : hex(buf.max),
      top_down: buf.topDown,
    },
    refusals: noHole.refusals.map(({ range, because }) => ({
      range: wireRange(range),
      ...wireBecause(because),
    })),
  }
}

export function badKernelFailure(bad: BadKernel): BadKernelFailure {
  const at = bad.offset === null ? '' : ` at byte ${hex(bad.offset)}`
  return { ...bad, detail: `expected ${bad.expected}${at}, found ${bad.found}` }
}

/** A failure as text: a sentence, a line for each range that was walked, and what would make it fit. */
export function explainFailure(failure: PlanFailure): string {
  if (failure.code !== 'no-hole') {
    return 'change' in failure && failure.change
      ? `${failure.detail}\n  ${failure.change.sentence}`
      : failure.detail
  }
  const lines = failure.refusals.map((r) => {
    const short = r.short === undefined ? '' : `, ${r.short} bytes short`
    const by = r.by === undefined ? '' : ` by ${r.by.start}-${r.by.last}`
    return `  ${r.range.start}-${r.range.last}: ${r.because}${by}${short}`
  })
  const changes = [...(failure.change ? [failure.change] : []), ...(failure.alternatives ?? [])]
  return [failure.detail, ...lines, ...changes.map((c) => `  ${c.sentence}`)].join('\n')
}

/** The reason of a refusal in wire form. */
export function wireBecause(because: Because): {
  because: string
  short?: number
  by?: { start: string; last: string }
} {
  if ('short' in because) return { because: because.code, short: because.short }
  if ('by' in because) return { because: because.code, by: wireRange(because.by) }
  return { because: because.code }
}

function wireRange(r: Range): { start: string; last: string } {
  return { start: hex(r.start), last: hex(r.last) }
}
