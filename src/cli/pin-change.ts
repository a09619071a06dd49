import type { Purpose, SegmentKind } from '../planner/names.ts'
import type { PinSet } from '../wire/pin.ts'
import { atHost } from './host-named.ts'
import type { ExitCode } from './io.ts'
import {
  overApi,
  type Answer,
  type Asked,
  type Remote,
  type RemoteOptions,
  type Unchanged,
} from './remote.ts'
import { exactSize } from './size.ts'

interface OfPin extends RemoteOptions {
  /** An id, or a hostname that is unique. */
  readonly host: string
  readonly kind: SegmentKind
  readonly purpose: Purpose
  readonly reason: string
}

/** Where an operator wants a pin. */
export interface PinPlace {
  /** Lowercase hex. */
  readonly mem: string
  /** Bytes. */
  readonly room: number
}

const PIN = '/v1/hosts/{hostId}/pins/{purpose}/{segment}'

interface AtPin extends Unchanged {
  readonly path: { readonly hostId: string; readonly purpose: Purpose; readonly segment: SegmentKind }
}

/** `berth pins set HOST KIND`: puts one pin where the operator says; a loose one is firm again. */
export function pinSetCommand(asked: Asked<OfPin & PinPlace>): Promise<ExitCode> {
  const { mem, room, reason } = asked.options
  return changePin('set', asked, (remote, at) =>
    remote.send('put', PIN, { ...at, body: { mem, room, reason } }),
  )
}

/** `berth pins loosen HOST KIND`: lets one pin move in the next plan, even where policy is strict. */
export function pinLoosenCommand(asked: Asked<OfPin>): Promise<ExitCode> {
  const { reason } = asked.options
  return changePin('loosen', asked, (remote, at) =>
    remote.send('post', `${PIN}/loosen`, { ...at, body: { reason } }),
  )
}

/** `berth pins forget HOST KIND`: the next plan chooses anew. */
export function pinForgetCommand(asked: Asked<OfPin>): Promise<ExitCode> {
  const query = { reason: asked.options.reason }
  return changePin('forget', asked, (remote, at) => remote.send('delete', PIN, { ...at, query }))
}

/** Reads the host's set of pins, and changes it only if it is still that. */
function changePin(
  name: string,
  asked: Asked<OfPin>,
  write: (remote: Remote, at: AtPin) => Promise<Answer<PinSet | null>>,
): Promise<ExitCode> {
  const { host, purpose, kind: segment } = asked.options
  return overApi(`pins ${name}`, asked, async (remote) => {
    const at = await atHost(remote, host)
    const { etag } = await remote.get('/v1/hosts/{hostId}/pins', at)
    const path = { ...at.path, purpose, segment }
    const { body } = await write(remote, { path, etag, changes: `the pins of ${host}` })
    return body === null
      ? remote.say(gone(asked.options))
      : remote.show(body, () => outcome(asked.options, body))
  })
}

function whichPin({ host, kind, purpose }: OfPin): string {
  return `${host}: the ${kind} for ${purpose === 'crash' ? 'a crash' : 'a reboot'}`
}

function gone(of: OfPin): string {
  return `${whichPin(of)} is pinned nowhere now: the next plan chooses\n`
}

function outcome(of: OfPin, body: PinSet): string {
  const { kind, purpose } = of
  const what = whichPin(of)
  const pin = body.items.find((item) => item.purpose === purpose && item.kind === kind)
  if (!pin) return `${what} is pinned nowhere\n`
  const hold = pin.loose ? ', and may move in the next plan' : ''
  return `${what} is pinned at ${pin.mem} with room for ${exactSize(pin.room)}${hold} (generation ${body.generation})\n`
}
