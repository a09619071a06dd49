import type { Host } from '../wire/host.ts'
import type { PlacementMap } from '../wire/picture.ts'
import { Act, Sent } from './act.tsx'
import { Crumbs } from './crumbs.tsx'
import { mayOperate, page, type Visit } from './page.tsx'
import { Picture, ScaleLinks, type Scale } from './picture.tsx'
import { Refusal } from './refusal.tsx'
import { Segments } from './segments.tsx'
import { TryForm, type Choices, type Tried } from './try-form.tsx'

export interface Trial {
  readonly host: Host
  readonly entries: Choices['entries']
  readonly tried: Tried
  readonly placement: PlacementMap
  readonly svg: string
  readonly scale: Scale
}

/** Where a boot entry would be loaded on a host as it was seen last, or why it would not. */
export function tryPage(visit: Visit, { host, entries, tried, placement, svg, scale }: Trial): string {
  const { plan, failure, facts } = placement
  return page(visit, {
    title: `${host.hostname}: try a boot entry`,
    pictures: true,
    children: (
      <>
        <Crumbs
          steps={[
            { to: '/hosts', name: 'Hosts' },
            { to: `/hosts/${host.id}`, name: host.hostname },
          ]}
        />
        <h1>Where would it go on {host.hostname}?</h1>
        <p>{plan ? `${facts.sentence}.` : 'It would be refused.'} Nothing was stored by asking.</p>
        <TryForm host={host.id} entries={entries} tried={tried} />
        {plan && mayOperate(visit) && <MakePlan host={host} tried={tried} csrf={visit.csrf} />}
        {failure && <Refusal failure={failure} facts={facts} />}
        <section>
          <h2 id="picture">Picture</h2>
          <ScaleLinks path={visit.path} scale={scale} />
          <Picture svg={svg} label={`Memory map of ${host.hostname} with what was tried`} />
        </section>
        {plan && (
          <section>
            <h2 id="segments">Segments</h2>
            <Segments segments={plan.segments} />
          </section>
        )}
      </>
    ),
  })
}

interface Making {
  readonly host: Host
  readonly tried: Tried
  readonly csrf: string
}

function MakePlan({ host, tried, csrf }: Making) {
  return (
    <Act action={`/hosts/${host.id}/plans`} csrf={csrf} does="Make this plan">
      {Object.entries(tried).map(([name, value]) => (
        <Sent key={name} name={name} value={String(value)} />
      ))}
    </Act>
  )
}
