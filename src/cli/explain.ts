import type { Explanation } from '../wire/explain.ts'
import { atHost } from './host-named.ts'
import type { ExitCode } from './io.ts'
import { overApi, type Asked, type RemoteOptions } from './remote.ts'
import { table } from './table.ts'

interface OfHost extends RemoteOptions {
  /** An id, or a hostname that is unique. */
  readonly host: string
}

/** `berth explain HOST`: why it is, or is not, being rebooted now; every gate in order. */
export function explainCommand(asked: Asked<OfHost>): Promise<ExitCode> {
  const { options } = asked
  return overApi('explain', asked, async (remote) => {
    const { body } = await remote.get('/v1/hosts/{hostId}/explain', await atHost(remote, options.host))
    return remote.show(body, () => explainText(body))
  })
}

function explainText({ host, verdict, sentence, next_check, gates }: Explanation): string {
  const titles = ['gate', 'verdict', 'since', 'next check', 'because']
  const rows = gates.map((g) => {
    const name = g.id === null ? g.gate : `${g.gate} ${g.id}`
    return [name, g.verdict, g.since ?? '-', g.next_check ?? '-', g.sentence]
  })
  const again = next_check === null ? '' : `; next check ${next_check}`
  return `${host}: ${verdict}: ${sentence}${again}\n\n${table(titles, rows)}`
}
