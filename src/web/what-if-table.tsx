import type { HoleHost, WhatIfHost } from '../wire/what-if.ts'
import { Badge, type Tone } from './badge.tsx'
import { Bytes } from './bytes.tsx'
import { Table } from './table.tsx'

const TONES: Readonly<Record<(WhatIfHost | HoleHost)['verdict'], Tone>> = {
  fits: 'good',
  has: 'good',
  places: 'good',
  moves: 'warn',
  refuses: 'bad',
  'has-not': 'bad',
  error: 'bad',
  'no-snapshot': 'idle',
  'other-arch': 'idle',
}

/** What each host would make of an image. */
export function ImageTable({ hosts }: { readonly hosts: readonly WhatIfHost[] }) {
  const titles = ['Host', 'Verdict', 'Segment', 'Why', 'Short by', 'What would make it fit']
  return (
    <Table label="The answer of each host" titles={titles} none="No host was asked.">
      {hosts.map((host) => (
        <tr key={host.host}>
          <Named host={host} />
          <td class="nowrap">
            {host.refusal?.kind} {host.moves.map(({ kind }) => kind).join(', ')}
          </td>
          <td>
            {host.refusal?.because}
            {host.error?.detail}
            {host.moves.map(({ kind, to, because }) => (
              <div key={kind}>
                to <code>{to}</code>: {because}
              </div>
            ))}
            {host.moves.length === 0 && <Places host={host} />}
          </td>
          <td class="number">{!!host.refusal?.short_by && <Bytes of={host.refusal.short_by} />}</td>
          <td>{host.refusal?.change?.sentence}</td>
        </tr>
      ))}
    </Table>
  )
}

/** Where everything would lie. */
function Places({ host: { segments } }: { readonly host: WhatIfHost }) {
  return (
    <span class="muted">
      {segments.map(({ kind, mem }) => (
        <span key={kind} class="nowrap">
          {kind} <code>{mem}</code>{' '}
        </span>
      ))}
    </span>
  )
}

/** Who has so much free memory in one piece. */
export function HoleTable({ hosts }: { readonly hosts: readonly HoleHost[] }) {
  const titles = ['Host', 'Today', 'Largest', 'Short by', 'In every boot', 'Boots']
  return (
    <Table label="The answer of each host" titles={titles} none="No host was asked.">
      {hosts.map((host) => (
        <tr key={host.host}>
          <Named host={host} />
          <td class="nowrap">
            {host.today?.largest && (
              <>
                <Bytes of={host.today.largest.bytes} /> <code>at {host.today.largest.start}</code>
              </>
            )}
            {host.error?.detail}
          </td>
          <td class="number">{!!host.today?.short_by && <Bytes of={host.today.short_by} />}</td>
          <td class="nowrap">
            {host.stable && (
              <>
                <Badge state={host.stable.has ? 'yes' : 'no'} tone={host.stable.has ? 'good' : 'warn'} />{' '}
                {host.stable.largest && <Bytes of={host.stable.largest.bytes} />}
              </>
            )}
          </td>
          <td class="number">{host.stable?.boots}</td>
        </tr>
      ))}
    </Table>
  )
}

function Named({ host }: { readonly host: WhatIfHost | HoleHost }) {
  return (
    <>
      <th scope="row">
        <a href={`/hosts/${host.host}`}>{host.hostname}</a>{' '}
        {host.group !== null && <small>{host.group}</small>}
      </th>
      <td>
        <Badge state={host.verdict} tone={TONES[host.verdict]} />
      </td>
    </>
  )
}
