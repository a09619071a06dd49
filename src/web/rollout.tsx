import type { Rollout, RolloutMember } from '../wire/rollout.ts'
import type { RolloutEvent } from '../wire/rollout-event.ts'
import { Act, Sent } from './act.tsx'
import { Badge } from './badge.tsx'
import { Crumbs } from './crumbs.tsx'
import { Facts } from './facts.tsx'
import { Moment } from './moment.tsx'
import { mayOperate, page, type Visit } from './page.tsx'
import { RolloutActs } from './rollout-acts.tsx'
import { memberTone, RolloutCells } from './rollout-cells.tsx'
import { shareText, windowText } from './rollout-text.ts'
import { Table } from './table.tsx'

export interface RolloutShown {
  readonly rollout: Rollout
  /** As many as can be drawn, in their order. */
  readonly members: readonly RolloutMember[]
  /** The newest first. */
  readonly events: readonly RolloutEvent[]
}

/** One rollout: where it stands, what stops it, and what to do about that. */
export function rolloutPage(visit: Visit, { rollout, members, events }: RolloutShown): string {
  const { id, state, spec, halt, paused, since } = rollout
  const csrf = mayOperate(visit) ? visit.csrf : null
  const names = new Map(members.map(({ host, hostname }) => [host, hostname]))
  return page(visit, {
    title: spec.name,
    live: `/v1/events?rollout=${id}`,
    children: (
      <>
        <Crumbs steps={[{ to: '/rollouts', name: 'Rollouts' }]} />
        <h1>{spec.name}</h1>
        <p>
          <Badge state={state} /> since <Moment at={paused?.from ?? halt?.at ?? since} />
        </p>
        {halt && (
          <div class="notice bad" role="alert">
            <p>
              <strong>Halted: {halt.cause}.</strong> {halt.sentence}
            </p>
            {halt.hosts.length > 0 && (
              <p>
                {halt.hosts.map((host) => (
                  <span key={host}>
                    <a href={`/hosts/${host}`}>{names.get(host) ?? host}</a>{' '}
                  </span>
                ))}
              </p>
            )}
          </div>
        )}
        {paused && (
          <p class="notice warn" role="status">
            Paused by <span class="mono">{paused.by}</span> since <Moment at={paused.from} />: nothing more is
            granted, and deadlines stand still.
          </p>
        )}
        {csrf !== null && <RolloutActs rollout={rollout} csrf={csrf} />}
        <h2 id="waves">Waves</h2>
        <RolloutCells rollout={rollout} members={members} />
        <h2 id="attention">Hosts to look at</h2>
        <Attention rollout={id} members={members} csrf={csrf} />
        <h2 id="terms">Its terms</h2>
        <Terms rollout={rollout} />
        <h2 id="timeline">Timeline</h2>
        <RolloutTimeline events={events} names={names} />
      </>
    ),
  })
}

/** What a host may still be taken out of. */
const SKIPPABLE: readonly string[] = ['failed', 'missing', 'rolling-back']

interface Attended {
  readonly rollout: string
  readonly members: readonly RolloutMember[]
  readonly csrf: string | null
}

function Attention({ rollout, members, csrf }: Attended) {
  const bad = members.filter((member) => ['bad', 'warn'].includes(memberTone(member)))
  return (
    <Table
      label="Hosts to look at"
      titles={['Host', 'State', 'Since', 'Because', 'Plan', ...(csrf === null ? [] : ['Change'])]}
      none="None: nothing has gone wrong."
    >
      {bad.map((member) => (
        <tr key={member.host}>
          <th scope="row">
            <a href={`/hosts/${member.host}`}>{member.hostname ?? member.host}</a>
          </th>
          <td>
            <Badge state={member.state} tone={memberTone(member)} />
          </td>
          <td>
            <Moment at={member.since} />
          </td>
          <td>{member.because}</td>
          <td>{member.plan !== null && <a href={`/plans/${member.plan}`}>plan</a>}</td>
          {csrf !== null && (
            <td>
              {SKIPPABLE.includes(member.state) && (
                <details>
                  <summary>Go on without it</summary>
                  <Act
                    action={`/rollouts/${rollout}/skip-host`}
                    csrf={csrf}
                    does="Skip it"
                    tone="quiet"
                    reason
                  >
                    <Sent name="host" value={member.host} />
                  </Act>
                </details>
              )}
            </td>
          )}
        </tr>
      ))}
    </Table>
  )
}

function Terms({ rollout }: { readonly rollout: Rollout }) {
  const { spec, author, created_at, approvals, hosts } = rollout
  const { failure_domain: domain, windows, waves } = spec
  return (
    <Facts
      of={{
        Hosts: hosts,
        'Boot entry': <span class="mono">{spec.boot_entry}</span>,
        Waves: waves.length === 0 ? 'one host, 10 %, 30 %, the rest' : waves.map(shareText).join(', '),
        'At once': shareText(spec.max_unavailable),
        'Failure domain': domain && `by ${domain.label}, ${domain.per_domain ?? 'any number'} at once in one`,
        'Between waves': `${spec.soak_seconds / 60} min`,
        Windows: windows.length === 0 ? 'always' : windows.map(windowText).join('; '),
        'Stops at': `${shareText(spec.halt.failures)} failed or ${shareText(spec.halt.missing)} missing`,
        Pool: <a href={`/leases?pool=${encodeURIComponent(spec.pool)}`}>{spec.pool}</a>,
        Approvals: `${approvals.length} of ${spec.approvals}`,
        'Written by': <span class="mono">{author}</span>,
        Made: <Moment at={created_at} />,
      }}
    />
  )
}

interface Told {
  readonly events: readonly RolloutEvent[]
  readonly names: ReadonlyMap<string, string | null>
}

function RolloutTimeline({ events, names }: Told) {
  return (
    <Table
      label="Timeline"
      titles={['When', 'What', 'Host', 'Detail', 'By']}
      none="Nothing has happened yet."
    >
      {events.map(({ at, kind, by, host, detail }, i) => (
        <tr key={i}>
          <td>
            <Moment at={at} />
          </td>
          <th scope="row" class="nowrap">
            {kind}
          </th>
          <td>{host !== null && <a href={`/hosts/${host}`}>{names.get(host) ?? host}</a>}</td>
          <td>{detail}</td>
          <td class="mono">{by}</td>
        </tr>
      ))}
    </Table>
  )
}
