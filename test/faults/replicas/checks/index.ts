import type { Check } from '../history.ts'
import { answersPossible, repeatsAgree, revokedRefused } from './answers.ts'
import { chainWhole, headsRise } from './chain.ts'
import { holdersWithinSlots, leasesWithinSlots, startedOnce, tokensApart } from './grants.ts'
import { nothingLost } from './lost.ts'
import { pinsEqual, pinsLinearizable } from './pins.ts'
import { auditInOrder, eventsWhole, pollsWoken } from './told.ts'
import { allWhole } from './whole.ts'

/** What a violation of a check is counted as. */
export type CountsAs = 'lost' | 'doubleGrants' | 'wrong'

/** Every check, by what it holds. */
export const CHECKS: readonly (readonly [holds: string, as: CountsAs, check: Check])[] = [
  ['acknowledged writes are there, once', 'lost', nothingLost],
  ['what is there is whole, and was made once', 'lost', allWhole],
  ['never more leases than places, by the audit; tokens rise', 'doubleGrants', leasesWithinSlots],
  ['never more holders than places, by what clients were told', 'doubleGrants', holdersWithinSlots],
  ['no token is two grants’', 'doubleGrants', tokensApart],
  ['no plan is started twice', 'doubleGrants', startedOnce],
  ['a host’s pins are one register, over all replicas', 'wrong', pinsLinearizable],
  ['all replicas say the same pins at the end', 'wrong', pinsEqual],
  ['answers are possible ones', 'wrong', answersPossible],
  ['a request sent again is answered alike', 'wrong', repeatsAgree],
  ['a revoked key is refused, another one taken', 'wrong', revokedRefused],
  ['events are told once, in order, none left out', 'wrong', eventsWhole],
  ['who waits is woken', 'wrong', pollsWoken],
  ['audit and events are in one order', 'wrong', auditInOrder],
  ['the audit is one chain, and bears out every head that was told', 'wrong', chainWhole],
  ['heads of the audit never go back', 'wrong', headsRise],
]
