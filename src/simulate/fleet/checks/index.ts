import type { Check } from '../history.ts'
import { allEnded } from './ended.ts'
import { awayWithinLimits, leasesWithinSlots } from './holders.ts'
import { insideWindows } from './calendar.ts'
import { nothingWhileStopped } from './stopped.ts'
import { onceForEachGrant } from './once.ts'
import { onFreshMaps } from './fresh-map.ts'
import { trueOutcomes } from './truth.ts'
import { wavesInOrder } from './waves.ts'

/** What must hold of every history, each with the words for the table. */
export const CHECKS: { readonly [invariant: string]: Check } = {
  'leases never exceed slots': leasesWithinSlots,
  'hosts away never exceed max unavailable, in all and a rack': awayWithinLimits,
  'nothing outside windows or in a freeze': insideWindows,
  'one reboot for one grant, announced before': onceForEachGrant,
  'no plan on a stale map': onFreshMaps,
  'nothing while paused, halted or ended': nothingWhileStopped,
  'waves in order, each watched': wavesInOrder,
  'outcomes are what kernels did': trueOutcomes,
  'every host and rollout ends': allEnded,
}
