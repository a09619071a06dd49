import { z } from 'zod'
import { MAX_SCRATCH, readFacts } from '../planner/plan/facts.ts'
import { Bytes, WireRange } from './scalars.ts'

const fields = {
  purgatory_size: Bytes.optional().describe(
    "What the running kernel's x86_64 purgatory reserves: whole pages.",
  ),
  tools_purgatory_size: Bytes.optional().describe('What the purgatory of the installed kexec-tools fills.'),
  page_size: Bytes.optional(),
  possible_cpus: z.int().min(1).optional(),
  seeds: z.boolean().optional().describe("Whether random seeds go into arm64's device tree."),
  cma: z.boolean().optional().describe('false: the load keeps clear of CMA (no default area, or NO_CMA).'),
  kho_scratch: z
    .array(WireRange)
    .max(MAX_SCRATCH)
    .optional()
    .describe('The scratch areas of kexec handover in their own order; empty where it is off.'),
  ima_size: Bytes.optional().describe('What IMA hands on; 0 where it hands on nothing.'),
}

/** Facts as a plan shows them. */
export const Facts = z
  .strictObject(fields)
  .meta({ id: 'Facts', description: 'What cannot be seen from outside, where somebody knows it.' })
export type Facts = z.infer<typeof Facts>

/** Facts as they are given: the same bounds, checked by the planner itself. */
export const GivenFacts = Facts.superRefine(check).meta({
  id: 'GivenFacts',
  examples: [{ purgatory_size: 20480, cma: false }],
})

/** Facts that hold for a release wherever it runs, and so for a whole group. */
export const LastingFacts = z
  .strictObject({
    purgatory_size: fields.purgatory_size,
    tools_purgatory_size: fields.tools_purgatory_size,
    seeds: fields.seeds,
    cma: fields.cma,
  })
  .superRefine(check)
  .meta({ id: 'LastingFacts' })

function check(facts: object, context: z.RefinementCtx): void {
  const read = readFacts(facts)
  if (read.ok) return
  const path = read.error.pointer.split('/').slice(1)
  context.addIssue({ code: 'custom', path, message: `wants ${read.error.expected}` })
}
