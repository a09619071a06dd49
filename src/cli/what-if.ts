import type { z } from 'zod'
import type { Selector } from '../wire/selector.ts'
import type { WhatIfRequest } from '../wire/what-if.ts'
import { hostNamed } from './host-named.ts'
import { EXIT, type ExitCode } from './io.ts'
import { counted } from './progress.ts'
import { overApi, RemoteFailed, type Asked, type Remote, type RemoteOptions } from './remote.ts'
import { hostLine, isSummary, summaryText, type Summary } from './what-if-text.ts'

type Request = z.input<typeof WhatIfRequest>

export interface WhatIfOptions extends RemoteOptions {
  readonly bootEntry?: string
  readonly kernelSize?: number
  readonly initrdSize?: number
  /** Bytes. */
  readonly hole?: number
  readonly below?: string
  readonly above?: string
  readonly group?: string
  readonly host?: readonly string[]
  readonly arch?: 'arm64' | 'x86_64'
  readonly purpose?: 'reboot' | 'crash'
  readonly onBroken?: 'strict' | 'prefer' | 'repin'
  /** False: do not look for what would make a refused image fit. */
  readonly change?: boolean
}

/**
 * `berth what-if`: a line for each host as soon as it is known, and a summary. Nothing is stored.
 *
 * Leaves with 3 where any host would refuse, and with 1 where the answer is not whole.
 */
export function whatIfCommand(asked: Asked<WhatIfOptions>): Promise<ExitCode> {
  const { io } = asked
  return overApi('what-if', asked, async (remote) => {
    const request = await requestOf(remote, asked.options)
    let summary: Summary | null = null
    for await (const line of counted(remote.stream('/v1/what-if', request), io)) {
      if (isSummary(line)) summary = line.summary
      remote.show(line, () => (isSummary(line) ? `\n${summaryText(line.summary)}` : hostLine(line)))
    }
    if (!summary) throw new RemoteFailed('the answer broke off before its summary: it is not whole')
    return exitOf(summary)
  })
}

function exitOf(summary: Summary): ExitCode {
  if (summary.errors > 0 || summary.not_selected.length > 0) return EXIT.failed
  return ('refuses' in summary ? summary.refuses : summary.has_not) > 0 ? EXIT.noHole : EXIT.ok
}

async function requestOf(remote: Remote, options: WhatIfOptions): Promise<Request> {
  const { bootEntry, kernelSize, hole } = options
  const asked = [bootEntry, kernelSize, hole].filter((given) => given !== undefined)
  if (asked.length !== 1) throw usage('give one of --boot-entry, --kernel-size and --hole')
  return { selector: await selectorOf(remote, options), ...questionOf(options) }
}

/** The hosts that the command line names; all where it names none. */
export async function selectorOf(
  remote: Remote,
  { group, host: names = [], arch }: Pick<WhatIfOptions, 'group' | 'host' | 'arch'>,
): Promise<Selector> {
  const hosts: string[] = []
  for (const name of names) hosts.push(await hostNamed(remote, name))
  return {
    ...(hosts.length > 0 && { hosts }),
    ...(group !== undefined && { group }),
    ...(arch && { arch }),
  }
}

function questionOf(options: WhatIfOptions): Request {
  const { bootEntry, kernelSize, initrdSize, hole, below, above, arch, purpose, onBroken, change } = options
  if (hole === undefined && (below ?? above) !== undefined) throw usage('--below and --above go with --hole')
  if (kernelSize === undefined && initrdSize !== undefined)
    throw usage('--initrd-size goes with --kernel-size')
  if (hole !== undefined) {
    if (purpose ?? onBroken) throw usage('--purpose and --on-broken say how an image is loaded, not --hole')
    return { hole: { bytes: hole, ...(below && { below }), ...(above && { above }) } }
  }
  const load: Request = {
    ...(purpose && { purpose }),
    ...(onBroken && { on_broken: onBroken }),
    ...(change === false && { change }),
  }
  if (kernelSize === undefined) return { ...load, boot_entry: bootEntry }
  if (!arch) throw usage('--kernel-size wants --arch: kernels are placed by the rules of one')
  return { ...load, image: { kernel: { arch, size: kernelSize }, initrd_size: initrdSize ?? null } }
}

function usage(sentence: string): RemoteFailed {
  return new RemoteFailed(sentence, EXIT.usage)
}
