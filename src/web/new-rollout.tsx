import type { BootEntry } from '../wire/boot-entry.ts'
import type { RolloutPreview } from '../wire/rollout.ts'
import { curlOf } from './as-curl.tsx'
import { Badge } from './badge.tsx'
import { Crumbs } from './crumbs.tsx'
import { page, type Visit } from './page.tsx'
import { RolloutFields } from './rollout-fields.tsx'
import { Table } from './table.tsx'

export interface NewRolloutShown {
  /** As they were sent. */
  readonly fields: Readonly<Record<string, string>>
  readonly entries: readonly Pick<BootEntry, 'id' | 'title' | 'version' | 'architecture'>[]
  /** Null before it was asked for. */
  readonly preview: RolloutPreview | null
  /** What the API was asked for the preview. */
  readonly body?: string
  readonly refused: readonly string[]
}

/** Writes a rollout: first the order in which hosts would go, then the draft. */
export function newRolloutPage(visit: Visit, shown: NewRolloutShown): string {
  const { fields, entries, preview, body, refused } = shown
  return page(visit, {
    title: 'New rollout',
    children: (
      <>
        <Crumbs steps={[{ to: '/rollouts', name: 'Rollouts' }]} />
        <h1>New rollout</h1>
        <p>
          It becomes a draft. Nothing is rebooted before it is handed in, and approved where that is asked.
        </p>
        {refused.length > 0 && (
          <div class="notice bad" role="alert">
            {refused.map((why) => (
              <p key={why}>{why}</p>
            ))}
          </div>
        )}
        {preview && <Preview preview={preview} />}
        {preview && body !== undefined && (
          <details>
            <summary>The same as curl</summary>
            <pre tabIndex={0}>
              <code>{curlOf({ method: 'POST', path: '/v1/rollouts', body }, visit.origin)}</code>
            </pre>
          </details>
        )}
        <form method="post" action="/rollouts/new">
          <input type="hidden" name="_csrf" value={visit.csrf} />
          <RolloutFields fields={fields} entries={entries} />
          <p class="buttons">
            <button name="do" value="preview" class={preview ? 'quiet' : undefined}>
              Show the order
            </button>
            <button name="do" value="create" class={preview ? undefined : 'quiet'}>
              Make the draft
            </button>
          </p>
        </form>
      </>
    ),
  })
}

function Preview({ preview }: { readonly preview: RolloutPreview }) {
  const { hosts, waves } = preview
  return (
    <section>
      <h2 id="order">
        {hosts} hosts in {waves.length} waves
      </h2>
      <Table label="The order" titles={['Wave', 'Host', 'Domain', 'Kept out']} none="No host matches.">
        {waves.flatMap(({ wave, hosts: those }) =>
          those.map(({ host, hostname, domain, held }) => (
            <tr key={host}>
              <td class="number">{wave}</td>
              <th scope="row">
                <a href={`/hosts/${host}`}>{hostname}</a>
              </th>
              <td>{domain}</td>
              <td>
                {held !== null && (
                  <>
                    <Badge state="held" tone="warn" /> {held}
                  </>
                )}
              </td>
            </tr>
          )),
        )}
      </Table>
    </section>
  )
}
