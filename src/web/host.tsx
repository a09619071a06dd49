import type { PinDriftList } from '../wire/diff.ts'
import type { Explanation } from '../wire/explain.ts'
import type { Host, TimelineEvent } from '../wire/host.ts'
import type { PinSet } from '../wire/pin.ts'
import type { Plan, PlanState } from '../wire/plan.ts'
import type { Snapshot } from '../wire/snapshot.ts'
import { Crumbs } from './crumbs.tsx'
import { Findings } from './findings.tsx'
import { Gates } from './gates.tsx'
import { HostActions } from './host-actions.tsx'
import { HostHead } from './host-head.tsx'
import { HostPins } from './host-pins.tsx'
import { HostPlans } from './host-plans.tsx'
import { HostSnapshots } from './host-snapshots.tsx'
import { mayOperate, page, type Visit } from './page.tsx'
import { Picture, ScaleLinks, type Scale } from './picture.tsx'
import { Timeline } from './timeline.tsx'
import { TryForm, type Choices } from './try-form.tsx'

export interface HostShown {
  readonly host: Host
  readonly explanation: Explanation
  readonly pins: PinSet
  /** What a change of the pins must match. */
  readonly pinsEtag: string
  readonly plans: readonly Plan[]
  readonly states: readonly PlanState[]
  readonly snapshots: readonly Snapshot[]
  readonly timeline: readonly TimelineEvent[]
  readonly entries: Choices['entries']
  readonly scale: Scale
  /** Null where the host has posted no snapshot. */
  readonly seen: Seen | null
}

interface Seen {
  readonly newest: Snapshot
  readonly map: string
  readonly strip: string
  readonly drift: PinDriftList
}

/** One host: its memory as it was seen last, and everything that is known and planned. */
export function hostPage(visit: Visit, shown: HostShown): string {
  const { host, explanation, plans, states, snapshots, timeline, entries, seen } = shown
  const operates = mayOperate(visit)
  return page(visit, {
    title: host.hostname,
    pictures: true,
    live: `/v1/events?host=${host.id}`,
    children: (
      <>
        <Crumbs steps={[{ to: '/hosts', name: 'Hosts' }]} />
        <HostHead host={host} states={states} newest={seen?.newest ?? null} />
        {operates && <HostActions host={host} csrf={visit.csrf} />}
        <section>
          <h2 id="memory">Memory</h2>
          {seen ? (
            <Memory visit={visit} shown={shown} seen={seen} />
          ) : (
            <p class="empty">It has not posted a snapshot yet: its agent does so when it starts.</p>
          )}
        </section>
        <section>
          <h2 id="try">Where would a kernel go?</h2>
          <TryForm host={host.id} entries={entries} />
        </section>
        <section>
          <h2 id="pins">Pins</h2>
          <HostPins
            pins={shown.pins}
            drift={seen?.drift ?? null}
            change={operates ? { etag: shown.pinsEtag, csrf: visit.csrf } : null}
          />
        </section>
        <section>
          <h2 id="plans">Plans</h2>
          <HostPlans plans={plans} states={states} />
        </section>
        <section>
          <h2 id="explain">Why it is, or is not, rebooted now</h2>
          <Gates explanation={explanation} />
        </section>
        <section>
          <h2 id="snapshots">Snapshots</h2>
          <HostSnapshots host={host.id} snapshots={snapshots} />
        </section>
        <section>
          <h2 id="timeline">Timeline</h2>
          <Timeline host={host.id} events={timeline} />
        </section>
      </>
    ),
  })
}

interface MemoryShown {
  readonly visit: Visit
  readonly shown: HostShown
  readonly seen: Seen
}

function Memory({ visit, shown: { host, scale }, seen }: MemoryShown) {
  return (
    <div class="beside">
      <div>
        <ScaleLinks path={visit.path} scale={scale} />
        <Picture svg={seen.map} label={`Memory map of ${host.hostname}`} />
        <p class="muted">
          <a href={`/hosts/${host.id}/snapshots/${seen.newest.id}`}>Every line of it, and downloads</a>
        </p>
      </div>
      <div>
        <h3>Findings</h3>
        <Findings items={seen.newest.findings} />
        <h3>From boot to boot</h3>
        <Picture svg={seen.strip} label="The last boots side by side" />
      </div>
    </div>
  )
}
