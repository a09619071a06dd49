import type { CrashLoad, Load } from '../arch/arch.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import { crashArea } from '../kdump/crash-area.ts'
import { elfcorehdrSize } from '../kdump/elfcorehdr-size.ts'
import type { MemoryMap } from '../memory/memory-map.ts'
import type { KernelRules } from '../rules/kernel-rules.ts'
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
  const { snapshot, initrdSize, cmdline, facts = {} } = request
  const crash = crashLoad(request, rules, map)
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
    crash: crash ? crash.value : null,
  })
}

/** What a crash kernel is given; null for a reboot. */
function crashLoad(
  request: PlanRequest,
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
  const cpus = request.facts?.possibleCpus ?? request.snapshot.possibleCpus ?? 1
  return ok({ area, elfcorehdr: elfcorehdrSize(map, rules, cpus) })
}
