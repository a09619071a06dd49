import type { TimelineEvent } from '../wire/host.ts'
import type { Plan, PlanState } from '../wire/plan.ts'
import { Act } from './act.tsx'
import { Badge } from './badge.tsx'
import { Crumbs } from './crumbs.tsx'
import { Evidence } from './evidence.tsx'
import { Facts } from './facts.tsx'
import { Ladder } from './ladder.tsx'
import { Moment } from './moment.tsx'
import { mayOperate, page, type Visit } from './page.tsx'
import { Picture, ScaleLinks, type Scale } from './picture.tsx'
import { PlanGrounds } from './plan-grounds.tsx'
import { Segments } from './segments.tsx'

export interface PlanShown {
  readonly plan: Plan
  readonly hostname: string
  readonly state: PlanState
  /** What happened to this plan, oldest first. */
  readonly events: readonly TimelineEvent[]
  readonly svg: string
  readonly scale: Scale
}

/** One plan: what it says, how far it came, and what the boot after it proves. */
export function planPage(visit: Visit, { plan, hostname, state, events, svg, scale }: PlanShown): string {
  const { body } = plan
  const placed = body.strategy === 'firmware' ? null : body
  const mayAssign = mayOperate(visit) && state.state === 'planned' && isApplied(plan)
  return page(visit, {
    title: `Plan for ${hostname}`,
    pictures: true,
    live: `/v1/events?host=${plan.host}`,
    children: (
      <>
        <Crumbs
          steps={[
            { to: '/hosts', name: 'Hosts' },
            { to: `/hosts/${plan.host}`, name: hostname },
          ]}
        />
        <h1>
          Plan for {hostname} <Badge state={state.state} />
        </h1>
        <Ladder plan={plan} state={state} events={events} />
        {mayAssign && (
          <Act action={`/plans/${plan.id}/assign`} csrf={visit.csrf} does="Hand it to the agent" />
        )}
        <Facts
          of={{
            Made: <Moment at={plan.created_at} />,
            For: `${body.strategy} ${body.purpose}`,
            Rules: placed && placed.rules,
            'How sure': placed && DETERMINISM[placed.determinism],
            Snapshot: <a href={`/hosts/${plan.host}/snapshots/${plan.snapshot}`}>the boot it was made for</a>,
            'Boot entry': <code>{plan.boot_entry}</code>,
            'Expected at': placed && <code>{placed.expected.kernel_code.join(' or ')}</code>,
            Digest: <code>{plan.digest}</code>,
            Id: <code>{plan.id}</code>,
          }}
        />
        {state.landing && <Evidence landing={state.landing} />}
        {placed ? (
          <>
            <section>
              <h2 id="segments">Segments</h2>
              <Segments segments={placed.segments} />
            </section>
            <section>
              <h2 id="picture">Picture</h2>
              <ScaleLinks path={visit.path} scale={scale} />
              <Picture svg={svg} label={`Memory map of ${hostname} with this plan`} />
            </section>
            <PlanGrounds body={placed} />
          </>
        ) : (
          <p class="notice">A reboot through firmware places nothing: it says what is to run afterwards.</p>
        )}
        <p class="downloads">
          <a href={`/plans/${plan.id}/map.svg`}>SVG</a> <a href={`/plans/${plan.id}/plan.json`}>JSON</a>{' '}
          <a href={`/plans/${plan.id}/plan.txt`}>Text</a>
        </p>
      </>
    ),
  })
}

const DETERMINISM = {
  exact: 'exact: nothing was taken for granted',
  assumed: 'exact as far as the assumptions below hold',
  none: 'not at all: the kernel decides by what cannot be seen',
} as const

/** Agents apply no others. */
function isApplied({ body: { purpose, strategy } }: Plan): boolean {
  return purpose === 'reboot' && (strategy === 'pinned' || strategy === 'kexec_file')
}
