import type { PlanBody } from './plan-body.ts'

/** A plan as text, a line a fact: for golden files, diffs and people. */
export function renderPlan(body: PlanBody): string {
  const { inputs, expected } = body
  const lines = [
    `plan ${body.strategy} ${body.purpose}, rules ${body.rules}, determinism ${body.determinism}`,
    `host ${inputs.arch}, ${inputs.release}, pages of ${inputs.page_size}`,
    ...(inputs.facts ? [`given ${JSON.stringify(inputs.facts)}`] : []),
    ...(inputs.calibration ? [`calibrated ${JSON.stringify(inputs.calibration)}`] : []),
    `kernel ${inputs.kernel_size} bytes, initrd ${inputs.initrd_size ?? 'none'}, cmdline ${inputs.cmdline}`,
    ...body.segments.map(
      (s) =>
        `${s.kind.padEnd(11)} ${s.mem.padStart(13)} bufsz ${hexSize(s.bufsz)} memsz ${hexSize(s.memsz)} room ${hexSize(s.room)} ${s.chosen}: ${s.because}`,
    ),
    `entry ${body.entry}, over ${body.over}`,
    `expected ${expected.certainty}: image ${expected.image}, Kernel code ${expected.kernel_code.join(' or ') || 'anywhere'} (${expected.because})`,
    ...(body.crash?.memory ?? []).map((m) => `crash memory ${m.start}-${m.last} ${m.type}`),
    ...(body.exceptions ?? []).map(
      (e) =>
        `exception ${e.kind} by ${e.approver} until ${e.expires_at} (${e.policy}): ${e.reason}; ${e.evidence}`,
    ),
    ...body.assumptions.map((a) => `assumed ${a.code}: ${a.detail}`),
    ...body.warnings.map((w) => `warning ${w.code}: ${w.detail}`),
  ]
  return lines.join('\n') + '\n'
}

function hexSize(n: number): string {
  return `0x${n.toString(16)}`.padStart(9)
}
