import { isSince, type KernelRules } from '../rules/kernel-rules.ts'
import { isTdxHost } from '../rules/walk-of.ts'
import { factsOf } from './load-of.ts'
import type { Assumption, PlanBody } from './plan-body.ts'
import type { PlanRequest } from './plan-request.ts'

/** What decides by itself where a segment goes, so that no computation can tell: each makes a plan indeterminate. */
const UNKNOWABLE: readonly string[] = ['cma', 'kexec-handover', 'ima-buffer', 'tdx-memblock']

/**
 * How far a plan can be relied on: `exact` where nothing was taken for granted, `none` where the kernel
 * has a will of its own. Where Berth itself chooses (pinned), sizes alone can be assumed.
 */
export function determinismOf(assumptions: readonly Assumption[]): PlanBody['determinism'] {
  if (assumptions.some((a) => UNKNOWABLE.includes(a.code))) return 'none'
  return assumptions.length > 0 ? 'assumed' : 'exact'
}

/** Everything that was taken for granted because no input told it. */
export function assumptionsOf(request: PlanRequest, rules: KernelRules): Assumption[] {
  const out = [...rules.assumed, ...sizesAssumed(request, rules)]
  return request.strategy === 'kexec_file' ? [...out, ...kernelsOwnWill(request)] : out
}

function sizesAssumed(request: PlanRequest, rules: KernelRules): Assumption[] {
  const { snapshot, strategy, purpose } = request
  const facts = factsOf(request)
  const tools = strategy === 'kexec_tools'
  const out: Assumption[] = []
  const assume = (code: string, detail: string) => out.push({ code, detail })
  if (facts.pageSize === undefined && snapshot.pageSizeFrom === 'assumed') {
    assume('page-size', `pages of ${snapshot.pageSize} bytes: neither capture nor release tells`)
  }
  if (tools && facts.toolsPurgatorySize === undefined) {
    assume('tools-purgatory-size', "the purgatory of Debian's kexec-tools 2.0.25; every build has its own")
  }
  if (!tools && snapshot.arch === 'x86_64' && !facts.purgatorySize && !snapshot.purgatorySize) {
    assume('purgatory-size', `a purgatory of ${rules.purgatoryMemsz} bytes, as kernels of that age carry`)
  }
  if (!tools && snapshot.arch === 'arm64' && facts.seeds === undefined && !snapshot.dmesg) {
    assume('dtb-seeds', 'random seeds in the device tree: no boot log tells whether the generator was ready')
  }
  if (purpose === 'crash' && facts.possibleCpus === undefined && snapshot.possibleCpus === null) {
    assume(
      'possible-cpus',
      'one possible CPU: neither cpus nor the boot log tells how many elfcorehdr must list',
    )
  }
  if (purpose === 'crash' && rules.crashHotplug && !tools && !snapshot.config) {
    assume('crash-hotplug', 'room in elfcorehdr for 8192 CPUs and 8192 ranges, as distributions configure it')
  }
  if (!snapshot.memblock && snapshot.arch === 'arm64') {
    assume('no-memblock', 'without memblock only iomem tells what is reserved, as of boot time')
  }
  return out
}

/** Cases in which the running kernel does not use the hole search alone. Crash images know none of them. */
function kernelsOwnWill(request: PlanRequest): Assumption[] {
  const { snapshot, purpose } = request
  const { release, config, cmdline, cmaTotal } = snapshot
  const facts = factsOf(request)
  const out: Assumption[] = []
  const add = (code: string, detail: string) => out.push({ code, detail })
  if (purpose === 'crash') {
    if (isSince(release, 6, 16) && config?.get('CONFIG_CRASH_DM_CRYPT') === 'y') {
      add('dm-crypt-keys', 'no disk keys are handed on: a segment with keys would be placed at random')
    }
    return out
  }
  // Where the kernel hands over, scratch areas are walked and CMA is never asked.
  const handsOver = (facts.khoScratch ?? []).length > 0
  if (isSince(release, 6, 17) && !handsOver && facts.cma !== false && cmaTotal !== 0) {
    const size = cmaTotal === null ? 'meminfo does not tell its size' : `${cmaTotal} bytes of it`
    add('cma', `from 6.17 on the kernel tries the CMA area before any hole search; ${size}`)
  }
  if (isSince(release, 6, 16) && facts.khoScratch === undefined && /(^|\s)kho=(on|1|y)(\s|$)/.test(cmdline)) {
    add('kexec-handover', 'with kho=on segments go into scratch areas that the snapshot does not list')
  }
  if (facts.imaSize === undefined && config?.get('CONFIG_IMA_KEXEC') === 'y') {
    add('ima-buffer', 'IMA hands on its measurements in a segment of its own, whose size is not given')
  }
  if (isTdxHost(snapshot) && !snapshot.memblock) {
    add('tdx-memblock', 'with INTEL_TDX_HOST this kernel places by memblock, which the snapshot lacks')
  }
  if (isSince(release, 6, 17) && !config) {
    add('kernel-config', 'no CMA, IMA or TDX peculiarities: the kernel configuration was not captured')
  }
  return out
}
