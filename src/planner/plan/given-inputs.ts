import { hex } from '../bytes/phys-addr.ts'
import { merged, type Range } from '../bytes/range.ts'
import type { Pin } from '../pin/pin.ts'
import { fdtBytes } from '../read/fdt-bytes.ts'
import { wireFacts } from './facts.ts'
import { groundText } from '../pin/ground.ts'
import { DEFAULT_POLICY } from '../pin/policy.ts'
import type { PlanInputs, PolicyInput } from './plan-body.ts'
import type { PlanRequest, Sha256 } from './plan-request.ts'

/** What entered a plan beside snapshot, image and command line; a plan without any of it keeps its bytes. */
export function givenInputs(request: PlanRequest, sha256: Sha256): Partial<PlanInputs> {
  const { calibration, devicetree } = request
  const facts = wireFacts(request.facts ?? {})
  return {
    ...(facts ? { facts } : {}),
    ...(calibration
      ? { calibration: { rules: calibration.rules, facts: wireFacts(calibration.facts) ?? {} } }
      : {}),
    ...(devicetree ? { devicetree_digest: sha256(fdtBytes(devicetree)) } : {}),
    ...(request.strategy === 'pinned' ? pinningInputs(request, sha256) : {}),
  }
}

function pinningInputs(
  { policy = DEFAULT_POLICY, randomSeed = '', history = [], purpose, pins, booted }: PlanRequest,
  sha256: Sha256,
): Partial<PlanInputs> {
  const { onBroken, headroom, random } = policy
  const told: PolicyInput = {
    ...(onBroken === DEFAULT_POLICY.onBroken ? {} : { on_broken: onBroken }),
    ...(Object.keys(headroom).length === 0 ? {} : { headroom }),
    ...(random.length === 0 ? {} : { random: { kinds: random, seed: randomSeed } }),
  }
  // A crash kernel's place is its reservation, whatever other boots had free.
  const remembered = purpose === 'reboot' && history.length > 0
  const own = pinsText(pins.filter((p) => p.purpose === purpose))
  return {
    ...(own === '' ? {} : { pins_digest: sha256(own) }),
    ...(booted.length === 0 ? {} : { booted_digest: sha256(rangesText(booted)) }),
    ...(Object.keys(told).length === 0 ? {} : { policy: told }),
    ...(remembered ? { ground: { boots: history.length, digest: sha256(groundText(history)) } } : {}),
  }
}

/** What of pins decides a plan, in whatever order they come. */
function pinsText(pins: readonly Pin[]): string {
  const lines = pins.map((p) => `${p.kind} ${p.mem} ${p.room}${p.loose ? ' loose' : ''}\n`)
  return lines.sort().join('')
}

function rangesText(ranges: readonly Range[]): string {
  return merged(ranges)
    .map((r) => `${hex(r.start)}-${hex(r.last)}\n`)
    .join('')
}
