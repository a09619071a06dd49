import type { CrashLoad, Load } from '../arch/arch.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import { crashArea } from '../kdump/crash-area.ts'
import { elfcorehdrSize } from '../kdump/elfcorehdr-size.ts'
import type { MemoryMap } from '../memory/memory-map.ts'
import type { KernelRules } from '../rules/kernel-rules.ts'
import type { Facts } from './facts.ts'
import { handsOnOf } from './hands-on.ts'
import type { RefusedLoad } from './plan-failure.ts'
import type { PlanRequest } from './plan-request.ts'

/**
 * What the loader is given: the request with every size that it leaves open filled in, by what the
 * caller knows, else by what the snapshot says, else by the rules.
 *
 * Errors: `no-crashkernel` where a crash kernel has no memory reserved for it.
 */
export function loadOf(
  request: PlanRequest,
  rules: KernelRules,
  kernel: Load['kernel'],
  map: MemoryMap,
): Result<Load, RefusedLoad> {
  const { snapshot, initrdSize, cmdline, strategy, purpose } = request
  const facts = factsOf(request)
  const crash = crashLoad(request, facts, rules, map)
  if (crash && !crash.ok) return crash
  return ok({
    snapshot,
    rules,
    kernel,
    pageSize: facts.pageSize ?? snapshot.pageSize,
    initrdSize: initrdSize || null,
    cmdline,
    purgatoryMemsz: facts.purgatorySize ?? snapshot.purgatorySize ?? rules.purgatoryMemsz,
    toolsPurgatory: facts.toolsPurgatorySize ?? null,
    seeds: facts.seeds ?? snapshot.dmesg?.crngReady ?? true,
    handsOn: handsOnOf(snapshot, facts, strategy === 'kexec_file' && purpose === 'reboot'),
    // The kernel's own loader knows no other tree than the running one.
    devicetree: strategy === 'kexec_file' ? null : (request.devicetree ?? null),
    crash: crash ? crash.value : null,
  })
}

/**
 * What is known beside the snapshot: what the caller says, else what a trial load has taught. Whether the
 * random generator was ready is a matter of each boot: its own log goes before another boot's trial.
 */
export function factsOf({ snapshot, facts = {}, calibration }: PlanRequest): Facts {
  if (!calibration) return facts
  const { seeds, ...lasting } = calibration.facts
  const known = seeds === undefined || snapshot.dmesg ? lasting : { ...lasting, seeds }
  return { ...known, ...facts }
}

/** What a crash kernel is given; null for a reboot. */
function crashLoad(
  request: PlanRequest,
  facts: Facts,
  rules: KernelRules,
  map: MemoryMap,
): Result<CrashLoad, RefusedLoad> | null {
  if (request.purpose !== 'crash') return null
  const area = crashArea(map)
  if (!area) {
    return err({
      code: 'no-crashkernel',
      detail: 'iomem shows no Crash kernel: boot with crashkernel= to reserve memory for it',
    })
  }
  const cpus = facts.possibleCpus ?? request.snapshot.possibleCpus ?? 1
  return ok({ area, elfcorehdr: elfcorehdrSize(map, rules, cpus) })
}
