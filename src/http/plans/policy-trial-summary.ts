import type { PolicyTrialHost, PolicyTrialSummary } from '../../wire/policy-trial.ts'

type Counts = PolicyTrialSummary['summary']['trial']
type Tried = PolicyTrialHost['boots'][number]['trial']

/** Counts lines while they go out. */
export function policyTrialSummary(selected: readonly string[] = []) {
  const without = new Set(selected)
  const verdicts = new Map<PolicyTrialHost['verdict'], number>()
  const of = (verdict: PolicyTrialHost['verdict']) => verdicts.get(verdict) ?? 0
  let inForce: Counts = { kept: 0, placed: 0, moved: 0, refused: 0 }
  let trial = inForce
  let hosts = 0
  let boots = 0
  let absent = 0
  return {
    add(line: PolicyTrialHost): void {
      without.delete(line.host)
      verdicts.set(line.verdict, of(line.verdict) + 1)
      hosts++
      boots += line.boots.length
      absent += line.absent
      inForce = line.boots.reduce((sum, boot) => counted(sum, boot.in_force), inForce)
      trial = line.boots.reduce((sum, boot) => counted(sum, boot.trial), trial)
    },
    told: (): PolicyTrialSummary => ({
      summary: {
        hosts,
        differ: of('differs'),
        no_snapshot: of('no-snapshot'),
        other_arch: of('other-arch'),
        errors: of('error'),
        boots,
        absent,
        in_force: inForce,
        trial,
        not_selected: [...without],
      },
    }),
  }
}

function counted(sum: Counts, { kept, placed, moves, refusal }: Tried): Counts {
  return {
    kept: sum.kept + kept.length,
    placed: sum.placed + placed.length,
    moved: sum.moved + moves.length,
    refused: sum.refused + (refusal ? 1 : 0),
  }
}
