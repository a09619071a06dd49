import type { PlanBody, StrategyName } from '../planner/index.ts'
import type { Violation } from './safety.ts'

/** A segment that lies elsewhere than in the plan before. */
export interface Move {
  readonly boot: number
  readonly kind: string
  readonly from: string
  readonly to: string
  readonly because: string
}

/** What became of one host's boots under one strategy. Moves are counted in boots. */
export interface Tally {
  readonly strategy: StrategyName
  boots: number
  by_kexec: number
  firmware_changes: number
  /** Plans whose segments no loader here can make: those boots went by firmware. */
  no_loader: number
  distinct_kernel_addresses: number
  kernel_moves: number
  /** Any segment. */
  moves: number
  moves_with_firmware: number
  moves_at_second: number
  /** Moves at other boots, on unchanged firmware: what pins are to rule out. */
  moves_unexplained: number
  refusals: number
  violations: number
  /** The first few of each. */
  readonly shown: {
    readonly second: Move[]
    readonly unexplained: Move[]
    readonly refusals: { readonly boot: number; readonly code: string }[]
    readonly violations: (Violation & { readonly boot: number })[]
  }
}

const SHOWN = 5

/** Counts the boots of one chain. */
export interface Counter {
  readonly tally: Tally
  plan(boot: number, body: PlanBody, firmwareChanged: boolean): void
  refused(boot: number, code: string): void
  violated(boot: number, violation: Violation): void
}

export function counter(strategy: StrategyName): Counter {
  const addresses = new Set<string>()
  let before: PlanBody['segments'] | null = null
  const tally: Tally = {
    strategy,
    boots: 0,
    by_kexec: 0,
    firmware_changes: 0,
    no_loader: 0,
    distinct_kernel_addresses: 0,
    kernel_moves: 0,
    moves: 0,
    moves_with_firmware: 0,
    moves_at_second: 0,
    moves_unexplained: 0,
    refusals: 0,
    violations: 0,
    shown: { second: [], unexplained: [], refusals: [], violations: [] },
  }
  return {
    tally,
    plan(boot, body, firmwareChanged) {
      const moves = before === null ? [] : movesBetween(boot, before, body.segments)
      before = body.segments
      for (const s of body.segments) if (s.kind === 'kernel') addresses.add(s.mem)
      tally.distinct_kernel_addresses = addresses.size
      if (moves.length === 0) return
      tally.moves++
      if (moves.some((m) => m.kind === 'kernel')) tally.kernel_moves++
      if (firmwareChanged) tally.moves_with_firmware++
      else if (boot === 2) {
        tally.moves_at_second++
        keep(tally.shown.second, ...moves)
      } else {
        tally.moves_unexplained++
        keep(tally.shown.unexplained, ...moves)
      }
    },
    refused(boot, code) {
      tally.refusals++
      keep(tally.shown.refusals, { boot, code })
    },
    violated(boot, violation) {
      tally.violations++
      keep(tally.shown.violations, { boot, ...violation })
    },
  }
}

function movesBetween(boot: number, before: PlanBody['segments'], now: PlanBody['segments']): Move[] {
  return now.flatMap(({ kind, mem, because }) => {
    const old = before.find((s) => s.kind === kind)
    return old && old.mem !== mem ? [{ boot, kind, from: old.mem, to: mem, because }] : []
  })
}

function keep<T>(list: T[], ...more: readonly T[]): void {
  list.push(...more.slice(0, SHOWN - list.length))
}
