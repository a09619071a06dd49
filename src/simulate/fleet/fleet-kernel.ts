import { sha256, type EmulatedHost, type KexecBackend } from '../../agent/index.ts'
import { memoryDigest, readSnapshot, type CaptureFiles } from '../../planner/index.ts'
import type { Seen } from './history.ts'
import { movedKernel } from './moved-kernel.ts'
import type { FaultRates } from './rates.ts'

export type Came = Extract<Seen, { what: 'booted' }>['came']

/** How an agent ended: alone, with its host, for the jump, or for good. */
export type End =
  | { readonly how: 'process' | 'power'; readonly downMs: number }
  | { readonly how: 'jump'; readonly downMs: number; readonly plan: string | null; readonly came: Came }
  | { readonly how: 'lost' }

export interface KernelWith {
  readonly machine: EmulatedHost
  readonly rates: FaultRates
  readonly now: () => number
  readonly host: string
  readonly see: (seen: Seen) => void
  /** The plan that the agent has written down last. */
  readonly planNow: () => Promise<string | null>
  readonly mayFail: (rate: number) => boolean
  readonly fault: (kind: string) => void
  /** How long the next boot takes. */
  readonly bootMs: () => number
}

/** A host's kernel from one boot to the next: it tells the history what it is made to do, and sometimes fails. */
export interface FleetKernel {
  capture(): Promise<CaptureFiles>
  powerCycle(): void
  /** As an agent sees it that ends with the jump, as a real one does. */
  backend(end: (how: End) => void, whileAlive: <T>(work: Promise<T>) => Promise<T>): KexecBackend
}

export function fleetKernel(given: KernelWith): FleetKernel {
  const { machine, rates, host, see, mayFail, fault, now, planNow } = given
  /** What the running boot tells otherwise than the machine does. */
  let overlay: CaptureFiles | null = null
  const never = new Promise<never>(() => {})
  const capture = async (): Promise<CaptureFiles> => overlay ?? machine.capture()

  function powerCycle(): void {
    overlay = null
    machine.powerCycle()
  }

  async function jump(release: string | null): Promise<Came> {
    if (mayFail(rates.comesUpCold)) {
      fault('comes up cold')
      powerCycle()
      return 'cold'
    }
    overlay = null
    const jumped = await machine.backend.exec(release)
    if (!jumped.ok) return 'cold'
    if (!mayFail(rates.comesUpElsewhere)) return 'as-planned'
    overlay = movedKernel(await machine.capture())
    if (overlay === null) return 'as-planned'
    fault('comes up elsewhere')
    return 'elsewhere'
  }

  async function restart(...[mode, entry]: Parameters<KexecBackend['reboot']>): Promise<Came> {
    overlay = null
    if (mayFail(rates.comesUpCold)) {
      fault('firmware boots what it likes')
      powerCycle()
      return 'cold'
    }
    await machine.backend.reboot(mode, entry)
    return 'as-planned'
  }

  return {
    capture,
    powerCycle,
    backend: (end, whileAlive) => {
      /** The running kernel ends, and nothing that it was asked comes back. */
      async function left(by: 'kexec' | 'firmware', boot: () => Promise<Came>): Promise<never> {
        const plan = await planNow()
        see({ what: 'jumped', at: now(), host, plan, by })
        if (mayFail(rates.neverReturns)) {
          fault('host never returns')
          end({ how: 'lost' })
        } else {
          const came = await boot()
          end({ how: 'jump', downMs: given.bootMs(), plan, came })
        }
        return whileAlive(never)
      }
      return {
        async load(image) {
          if (mayFail(rates.loadRefused)) {
            fault('load refused')
            return { ok: false, error: { code: 'overlap', detail: 'it refuses for once', segment: null } }
          }
          const [files, plan] = [await capture(), await planNow()]
          const loaded = await machine.backend.load(image)
          const [bootId, memory] = [bootIdOf(files), memoryOf(files)]
          if (loaded.ok) see({ what: 'loaded', at: now(), host, plan, bootId, memory })
          return loaded
        },
        unload: () => machine.backend.unload(),
        loaded: () => machine.backend.loaded(),
        exec: (release) => left('kexec', () => jump(release)),
        reboot: (mode, entry) => left('firmware', () => restart(mode, entry)),
      }
    },
  }
}

export function bootIdOf(files: CaptureFiles): string {
  return (files['boot-id'] ?? '').trim()
}

/** As plans name the memory that they were made of. Errors: throws for a capture that cannot be read. */
function memoryOf(files: CaptureFiles): string {
  const snapshot = readSnapshot(files)
  if (!snapshot.ok) throw new Error(JSON.stringify(snapshot.error))
  return memoryDigest(snapshot.value, sha256)
}
