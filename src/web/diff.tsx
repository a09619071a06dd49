import type { PinDriftList, SnapshotDiff } from '../wire/diff.ts'
import type { Host } from '../wire/host.ts'
import type { Snapshot } from '../wire/snapshot.ts'
import { Badge } from './badge.tsx'
import { Bytes } from './bytes.tsx'
import { Crumbs } from './crumbs.tsx'
import { DiffChanges } from './diff-changes.tsx'
import { Facts } from './facts.tsx'
import { Hex } from './hex.tsx'
import { page, type Visit } from './page.tsx'
import { Picture, ScaleLinks, type Scale } from './picture.tsx'
import { Table } from './table.tsx'

export interface DiffShown {
  readonly host: Host
  readonly diff: SnapshotDiff
  readonly drift: PinDriftList
  /** To choose from, newest first. */
  readonly snapshots: readonly Snapshot[]
  readonly svg: string
  readonly scale: Scale
}

/** Two boots of one host side by side, and what the later one does to the pins. */
export function diffPage(visit: Visit, { host, diff, drift, snapshots, svg, scale }: DiffShown): string {
  return page(visit, {
    title: `${host.hostname}: two boots`,
    pictures: true,
    children: (
      <>
        <Crumbs
          steps={[
            { to: '/hosts', name: 'Hosts' },
            { to: `/hosts/${host.id}`, name: host.hostname },
          ]}
        />
        <h1>Two boots of {host.hostname}</h1>
        <p class={diff.hardware_changed ? 'notice warn' : undefined}>{diff.sentence}</p>
        <form class="act" method="get" action={`/hosts/${host.id}/diff`}>
          <Boots name="from" title="Before" chosen={diff.from} snapshots={snapshots} />
          <Boots name="to" title="After" chosen={diff.to} snapshots={snapshots} />
          <button class="quiet">Compare</button>
        </form>
        <Facts
          of={{
            Kernel: diff.release ? `${diff.release.before} → ${diff.release.after}` : 'the same',
            'Command line': diff.cmdline ? <code>{diff.cmdline.after}</code> : 'the same',
            'Free since': <Bytes of={diff.bookable.gained_bytes} />,
            'Free no longer': <Bytes of={diff.bookable.lost_bytes} />,
          }}
        />
        <section>
          <h2 id="pins">Pins in the later boot</h2>
          <Drift drift={drift} />
        </section>
        <section>
          <h2 id="picture">Picture</h2>
          <ScaleLinks path={visit.path} scale={scale} />
          <Picture svg={svg} label={`Two boots of ${host.hostname} side by side`} />
        </section>
        <section>
          <h2 id="changes">Changes</h2>
          <DiffChanges changes={diff.changes} />
        </section>
      </>
    ),
  })
}

interface Choosing {
  readonly name: string
  readonly title: string
  readonly chosen: string
  readonly snapshots: readonly Snapshot[]
}

function Boots({ name, title, chosen, snapshots }: Choosing) {
  const isListed = snapshots.some(({ id }) => id === chosen)
  return (
    <label>
      {title}
      <select name={name}>
        {!isListed && (
          <option value={chosen} selected>
            {chosen}
          </option>
        )}
        {snapshots.map(({ id, created_at, boot_id, summary }) => (
          <option key={id} value={id} selected={id === chosen}>
            {created_at.slice(0, 16).replace('T', ' ')}, boot {boot_id.slice(0, 8)}, {summary.release}
          </option>
        ))}
      </select>
    </label>
  )
}

function Drift({ drift }: { readonly drift: PinDriftList }) {
  return (
    <Table label="Pins" titles={['Segment', 'At', 'Verdict', 'Because']} none="The host has no pins.">
      {drift.items.map(({ purpose, kind, mem, verdict, sentence }) => (
        <tr key={`${purpose} ${kind}`}>
          <th scope="row">
            {kind} {purpose === 'crash' && <small>crash</small>}
          </th>
          <td>
            <Hex of={mem} />
          </td>
          <td>
            <Badge state={verdict} />
          </td>
          <td>{sentence}</td>
        </tr>
      ))}
    </Table>
  )
}
