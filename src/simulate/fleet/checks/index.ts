import type { Check } from '../history.ts'
import { allEnded } from './ended.ts'
import { nothingWhileIll } from './healthy.ts'
import { awayWithinLimits, leasesWithinSlots } from './holders.ts'
import { insideWindows } from './calendar.ts'
import { goesAsItMay } from './modes.ts'
import { nobodyShutOut } from './let-in.ts'
import { locksAreLeases } from './locks.ts'
import { nothingInQuarantine } from './quarantine.ts'
import { nothingWhileStopped } from './stopped.ts'
import { onceForEachGrant } from './once.ts'
import { onFreshMaps } from './fresh-map.ts'
import { timelinesAgree } from './timelines.ts'
import { trueOutcomes } from './truth.ts'
import { wavesInOrder } from './waves.ts'

/** What must hold of every history, each with the words for the table. */
export const CHECKS: { readonly [invariant: string]: Check } = {
  'leases never exceed slots': leasesWithinSlots,
  'hosts away never exceed max unavailable, in all and a rack': awayWithinLimits,
  'nothing outside windows or in a freeze': insideWindows,
  'one reboot for one grant, announced before': onceForEachGrant,
  'each goes as its model may': goesAsItMay,
  'no plan on a stale map': onFreshMaps,
  'nothing before approval, while paused or halted, or after the end': nothingWhileStopped,
  'nothing while unhealthy': nothingWhileIll,
  'nothing in quarantine': nothingInQuarantine,
  'nobody is shut out for good': nobodyShutOut,
  'locks are leases': locksAreLeases,
  'waves in order, each watched': wavesInOrder,
  'outcomes are what kernels did': trueOutcomes,
  'timelines tell what was seen': timelinesAgree,
  'every host and rollout ends': allEnded,
}
