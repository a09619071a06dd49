import type { Host } from '../wire/host.ts'
import { EXIT, type ExitCode } from './io.ts'
import { overApi, type Asked, type RemoteOptions } from './remote.ts'
import { table } from './table.ts'

interface HostsOptions extends RemoteOptions {
  readonly group?: string
}

/** `berth hosts`: ids, and what people call them. */
export function hostsCommand(asked: Asked<HostsOptions>): Promise<ExitCode> {
  const { options, io } = asked
  return overApi('hosts', asked, async (remote) => {
    const query = options.group === undefined ? '' : `?${new URLSearchParams({ group: options.group })}`
    const page = await remote.list<Host>(`/v1/hosts${query}`)
    const rows = page.items.map((host) => [host.id, host.hostname, host.group ?? '-', host.state])
    io.out(remote.json ? `${JSON.stringify(page)}\n` : table(['id', 'hostname', 'group', 'state'], rows))
    return EXIT.ok
  })
}
