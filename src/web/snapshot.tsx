import type { MapFacts } from '../wire/map.ts'
import type { Host } from '../wire/host.ts'
import type { Snapshot } from '../wire/snapshot.ts'
import { Badge } from './badge.tsx'
import { Bytes } from './bytes.tsx'
import { Crumbs } from './crumbs.tsx'
import { Facts } from './facts.tsx'
import { Findings } from './findings.tsx'
import { MapTable } from './map-table.tsx'
import { Moment } from './moment.tsx'
import { page, type Visit } from './page.tsx'
import { Picture, ScaleLinks, type Scale } from './picture.tsx'

export interface SnapshotShown {
  readonly host: Host
  readonly snapshot: Snapshot
  readonly facts: MapFacts
  readonly svg: string
  readonly scale: Scale
}

/** One boot's memory: the picture, every line behind it, and what does not agree. */
export function snapshotPage(visit: Visit, { host, snapshot, facts, svg, scale }: SnapshotShown): string {
  const { summary } = snapshot
  const path = `/hosts/${host.id}/snapshots/${snapshot.id}`
  return page(visit, {
    title: `${host.hostname}, boot ${snapshot.boot_id.slice(0, 8)}`,
    pictures: true,
    children: (
      <>
        <Crumbs
          steps={[
            { to: '/hosts', name: 'Hosts' },
            { to: `/hosts/${host.id}`, name: host.hostname },
          ]}
        />
        <h1>
          Memory of {host.hostname} {snapshot.landing && <Badge state={snapshot.landing.verdict} />}
        </h1>
        <Facts
          of={{
            Taken: <Moment at={snapshot.created_at} />,
            Boot: <code>{snapshot.boot_id}</code>,
            Kernel: summary.release,
            'Command line': <code>{summary.cmdline}</code>,
            'Page size': <Bytes of={summary.page_size} />,
            'May be booked': <Bytes of={summary.bookable_bytes} />,
            'Judged the plan': snapshot.landing && (
              <a href={`/plans/${snapshot.landing.plan}`}>{snapshot.landing.plan}</a>
            ),
            Files: summary.files.join(', '),
            'Digest of the memory': <code>{snapshot.memory_digest}</code>,
          }}
        />
        <section>
          <h2 id="picture">Picture</h2>
          <p>{facts.sentence}</p>
          <ScaleLinks path={visit.path} scale={scale} />
          <Picture svg={svg} label={`Memory map of ${host.hostname}`} />
          <p class="downloads">
            Download: <a href={`${path}/map.svg?scale=${scale}`}>SVG</a> <a href={`${path}/map.json`}>JSON</a>{' '}
            <a href={`${path}/map.txt`}>Text</a>
            {' · '}
            <a href={`/hosts/${host.id}/diff?to=${snapshot.id}`}>Compare with the boot before</a>
          </p>
        </section>
        <section>
          <h2 id="findings">Findings</h2>
          <Findings items={snapshot.findings} />
        </section>
        <section>
          <h2 id="lines">Every line</h2>
          <MapTable facts={facts} />
        </section>
      </>
    ),
  })
}
