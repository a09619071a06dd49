import type { Store } from '../store/open-store.ts'
import type { Assignments } from './rollouts/assignments.ts'
import type { CertificateRule } from './hosts/host-certificate.ts'
import type { Probes } from './rollouts/probe.ts'
import type { RolloutsSeen } from './rollouts/rollouts-seen.ts'
import type { Signer } from './signing/signer.ts'
import type { Write } from './write.ts'

/** What routes are given. */
export interface Shell {
  readonly store: Store
  readonly now: () => Date
  readonly write: Write
  readonly assignments: Assignments
  readonly rollouts: RolloutsSeen
  readonly probes: Probes
  readonly signer: Signer
  readonly certificates: CertificateRule
}
