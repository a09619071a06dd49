import type { Rollout, RolloutMember } from '../wire/rollout.ts'
import { signOf, toneOf, type Tone } from './badge.tsx'
import { Progress } from './progress.tsx'

interface Celled {
  readonly rollout: Rollout
  readonly members: readonly RolloutMember[]
}

/** The waves as rows: one cell a host, those of one failure domain together. */
export function RolloutCells({ rollout, members }: Celled) {
  const shown = new Map<number, RolloutMember[]>()
  for (const member of members) shown.set(member.wave, [...(shown.get(member.wave) ?? []), member])
  return (
    <ol class="waves">
      {rollout.waves.map(({ wave, hosts, counts }) => {
        const isOpen = wave <= rollout.wave
        const those = shown.get(wave) ?? []
        return (
          <li key={wave} class={isOpen ? 'open' : undefined}>
            <h3>
              Wave {wave} <small>{isOpen ? (wave === rollout.wave ? 'open' : 'through') : 'not yet'}</small>
            </h3>
            <Progress counts={counts} hosts={hosts} />
            <div class="domains">
              {domainsOf(those).map(([domain, own]) => (
                <Domain key={domain} name={domain} members={own} />
              ))}
            </div>
            {those.length < hosts && <p class="muted">{hosts - those.length} more hosts are not drawn.</p>}
          </li>
        )
      })}
    </ol>
  )
}

function Domain({
  name,
  members,
}: {
  readonly name: string | null
  readonly members: readonly RolloutMember[]
}) {
  return (
    <div class="domain">
      {name !== null && <span class="mono">{name}</span>}
      <div class="cells">
        {members.map((member) => (
          <Cell key={member.host} member={member} />
        ))}
      </div>
    </div>
  )
}

function Cell({ member }: { readonly member: RolloutMember }) {
  const { host, hostname, state, because } = member
  const name = hostname ?? host
  const tone = memberTone(member)
  const words = `${name}: ${state}${because === '' ? '' : `, ${because}`}`
  if (hostname === null) {
    return (
      <span class={`cell ${tone}`} title={words} role="img" aria-label={words}>
        {signOf(tone)}
      </span>
    )
  }
  return (
    <a class={`cell ${tone}`} href={`/hosts/${host}`} title={words} aria-label={words}>
      {signOf(tone)}
    </a>
  )
}

/** Going through firmware is no failure where that was the way to go. */
export function memberTone({ state, mode }: RolloutMember): Tone {
  return state === 'cold-booted' && mode !== 'kexec' ? 'good' : toneOf(state)
}

/** In the order in which their first hosts go. */
function domainsOf(members: readonly RolloutMember[]): [string | null, RolloutMember[]][] {
  const domains = new Map<string | null, RolloutMember[]>()
  for (const member of members) {
    const own = domains.get(member.domain) ?? []
    domains.set(member.domain, own)
    own.push(member)
  }
  return [...domains]
}
