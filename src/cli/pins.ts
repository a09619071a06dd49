import type { PinSet } from '../wire/pin.ts'
import { atHost } from './host-named.ts'
import { EXIT, type ExitCode } from './io.ts'
import { overApi, type Asked, type RemoteOptions } from './remote.ts'
import { exactSize } from './size.ts'
import { table } from './table.ts'

interface OfHost extends RemoteOptions {
  /** An id, or a hostname that is unique. */
  readonly host: string
}

/** `berth pins HOST`: where the host's segments are to lie. */
export function pinsCommand(asked: Asked<OfHost>): Promise<ExitCode> {
  const { options } = asked
  return overApi('pins', asked, async (remote) => {
    const { body } = await remote.get('/v1/hosts/{hostId}/pins', await atHost(remote, options.host))
    return remote.show(body, () => pinTable(body))
  })
}

/** `berth pins history HOST`: every change, with who made it and why. */
export function pinHistoryCommand(asked: Asked<OfHost>): Promise<ExitCode> {
  const { options } = asked
  return overApi('pins history', asked, async (remote) => {
    const page = await remote.list('/v1/hosts/{hostId}/pins/history', await atHost(remote, options.host))
    const titles = ['generation', 'at', 'purpose', 'kind', 'change', 'address', 'room', 'by', 'reason']
    const rows = page.items.map(({ generation, at, purpose, kind, change, mem, room, by, reason }) => {
      const place = [mem ?? '-', room === null ? '-' : exactSize(room)]
      return [String(generation), at, purpose, kind, change, ...place, by, reason]
    })
    return remote.show(page, () => table(titles, rows))
  })
}

/** `berth pins drift HOST`: whether the pins still hold. Leaves with 4 where one of them does not. */
export function pinDriftCommand(asked: Asked<OfHost>): Promise<ExitCode> {
  const { options } = asked
  return overApi('pins drift', asked, async (remote) => {
    const { body } = await remote.get('/v1/hosts/{hostId}/pins/drift', await atHost(remote, options.host))
    const rows = body.items.map(({ purpose, kind, mem, verdict, sentence }) => {
      return [purpose, kind, mem, verdict, sentence]
    })
    const text =
      rows.length === 0
        ? noPins(body.host)
        : table(['purpose', 'kind', 'address', 'verdict', 'because'], rows)
    remote.show(body, () => text)
    return body.items.every(({ verdict }) => verdict === 'holds') ? EXIT.ok : EXIT.differ
  })
}

function pinTable({ host, items }: PinSet): string {
  if (items.length === 0) return noPins(host)
  const rows = items.map(({ purpose, kind, mem, room, loose, set_by, reason }) => {
    return [purpose, kind, mem, exactSize(room), loose ? 'loose' : 'firm', set_by, reason]
  })
  return table(['purpose', 'kind', 'address', 'room', 'hold', 'set by', 'reason'], rows)
}

function noPins(host: string): string {
  return `${host} has no pins: its next pinned plan makes them\n`
}
