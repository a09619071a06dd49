import type { Host } from '../wire/host.ts'
import type { PlanState } from '../wire/plan.ts'
import type { Snapshot } from '../wire/snapshot.ts'
import { Badge } from './badge.tsx'
import { Bytes } from './bytes.tsx'
import { Facts } from './facts.tsx'
import { Moment } from './moment.tsx'

interface Head {
  readonly host: Host
  readonly states: readonly PlanState[]
  readonly newest: Snapshot | null
}

const UNDER_WAY = ['assigned', 'loaded', 'executing']

/** Who the host is, and what is the matter with it. */
export function HostHead({ host, states, newest }: Head) {
  const running = states.find(({ state }) => UNDER_WAY.includes(state))
  return (
    <>
      <h1>
        {host.hostname} <Badge state={host.state} />
      </h1>
      {host.state === 'quarantined' && (
        <p class="notice bad">
          In quarantine: {host.state_reason}. Nothing of it is taken, and nothing is handed to it.
        </p>
      )}
      {host.opt_out && (
        <p class="notice warn">
          Left alone since <Moment at={host.opt_out.since} />: {host.opt_out.reason}. No rollout reboots it.
        </p>
      )}
      {running && (
        <p class="notice busy">
          <Badge state={running.state} /> <a href={`/plans/${running.plan}`}>A plan is under way</a>:{' '}
          {running.detail}
        </p>
      )}
      <Facts
        of={{
          Group: host.group ?? <span class="muted">none</span>,
          Architecture: host.arch,
          'Hardware model': host.hardware_model,
          Labels: <Labels of={host.labels} />,
          Kernel: newest?.summary.release ?? <span class="muted">unknown</span>,
          'Command line': newest && <code>{newest.summary.cmdline}</code>,
          'May be booked': newest && <Bytes of={newest.summary.bookable_bytes} />,
          'Seen last': <Moment at={newest?.created_at ?? null} />,
          'Booted by': host.booted_plan ? <a href={`/plans/${host.booted_plan}`}>a plan</a> : 'its firmware',
          'Rebooted by': host.reboot_mode && host.reboot_mode.mode,
          Enrolled: <Moment at={host.created_at} />,
          Id: <code>{host.id}</code>,
        }}
      />
    </>
  )
}

function Labels({ of }: { readonly of: Host['labels'] }) {
  const labels = Object.entries(of)
  if (labels.length === 0) return <span class="muted">none</span>
  return (
    <>
      {labels.map(([name, value]) => (
        <a key={name} href={`/hosts?${new URLSearchParams({ label: `${name}=${value}` })}`} class="mono">
          {name}={value}{' '}
        </a>
      ))}
    </>
  )
}
