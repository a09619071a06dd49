import { readFacts, type WireFacts } from '../planner/plan/facts.ts'

/** The options that say what nobody can see from outside. */
export const FACT_OPTIONS = {
  'page-size': { type: 'string' },
  'purgatory-size': { type: 'string' },
  'tools-purgatory-size': { type: 'string' },
  'possible-cpus': { type: 'string' },
  seeds: { type: 'string' },
  cma: { type: 'string' },
  'kho-scratch': { type: 'string', multiple: true },
  'ima-size': { type: 'string' },
} as const

export const FACT_USAGE = `  --facts FILE            what nobody can see from outside, as JSON; what follows goes before it
  --page-size BYTES       page size, where the capture does not tell
  --purgatory-size BYTES  size of the purgatory, where the capture does not tell
  --tools-purgatory-size BYTES  what the purgatory of the installed kexec-tools fills
  --possible-cpus N       CPUs that a crash kernel's core headers must list
  --seeds yes|no          whether random seeds go into arm64's device tree
  --cma yes|no            no: the load keeps clear of CMA (no default area, or NO_CMA)
  --kho-scratch A-B       a scratch area of kexec handover, as 0x…-0x…; repeat it in the kernel's order; none
  --ima-size BYTES        what IMA hands on; 0 where it hands on nothing
`

type Given = { readonly [O in keyof typeof FACT_OPTIONS]?: string | readonly string[] | undefined }

const NUMBERS: readonly (readonly [option: keyof Given, fact: keyof WireFacts])[] = [
  ['page-size', 'page_size'],
  ['purgatory-size', 'purgatory_size'],
  ['tools-purgatory-size', 'tools_purgatory_size'],
  ['possible-cpus', 'possible_cpus'],
  ['ima-size', 'ima_size'],
]

/** Facts from the command line, checked. Errors: throws one sentence that names the option at fault. */
export function factsGiven(given: Given): WireFacts {
  const facts: { -readonly [F in keyof WireFacts]?: unknown } = {}
  for (const [option, fact] of NUMBERS) {
    const value = given[option]
    if (typeof value === 'string') facts[fact] = numberOf(value)
  }
  for (const option of ['seeds', 'cma'] as const) {
    const value = given[option]
    if (value === undefined) continue
    if (value !== 'yes' && value !== 'no')
      throw new Error(`--${option} wants yes or no, not '${String(value)}'`)
    facts[option] = value === 'yes'
  }
  const scratch = given['kho-scratch']
  if (Array.isArray(scratch)) facts.kho_scratch = areasOf(scratch as readonly string[])
  const read = readFacts(facts)
  if (read.ok) return facts as WireFacts
  const option = (read.error.pointer.split('/')[1] ?? '').replaceAll('_', '-')
  throw new Error(`--${option} wants ${read.error.expected}`)
}

function numberOf(value: string): number {
  return /^([0-9]+|0x[0-9a-f]+)$/i.test(value) ? Number(value) : NaN
}

/** `none` is an empty list: handover is known to be off. */
function areasOf(values: readonly string[]): { start: string; last: string }[] {
  if (values.length === 1 && values[0] === 'none') return []
  return values.map((value) => {
    const [start = '', last = ''] = value.split('-')
    return { start, last }
  })
}
