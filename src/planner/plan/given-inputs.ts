import { fdtBytes } from '../read/fdt-bytes.ts'
import { wireFacts } from './facts.ts'
import type { PlanInputs } from './plan-body.ts'
import type { PlanRequest, Sha256 } from './plan-request.ts'

/** What entered a plan beside snapshot, image and command line; a plan without any of it keeps its bytes. */
export function givenInputs(
  request: PlanRequest,
  sha256: Sha256,
): Pick<PlanInputs, 'facts' | 'calibration' | 'devicetree_digest'> {
  const { calibration, devicetree } = request
  const facts = wireFacts(request.facts ?? {})
  return {
    ...(facts ? { facts } : {}),
    ...(calibration
      ? { calibration: { rules: calibration.rules, facts: wireFacts(calibration.facts) ?? {} } }
      : {}),
    ...(devicetree ? { devicetree_digest: sha256(fdtBytes(devicetree)) } : {}),
  }
}
