import type { Purpose, SegmentKind } from '../planner/names.ts'
import type { PinSet } from '../wire/pin.ts'
import { hostPath } from './host-named.ts'
import { EXIT, type ExitCode } from './io.ts'
import { overApi, type Asked, type Remote, type RemoteOptions, type Write } from './remote.ts'
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

/** `berth pins set HOST KIND`: puts one pin where the operator says; a loose one is firm again. */
export function pinSetCommand(asked: Asked<OfPin & PinPlace>): Promise<ExitCode> {
  const { mem, room, reason } = asked.options
  return changePin('set', asked, (path) => ({ method: 'PUT', path, body: { mem, room, reason } }))
}

/** `berth pins loosen HOST KIND`: lets one pin move in the next plan, even where policy is strict. */
export function pinLoosenCommand(asked: Asked<OfPin>): Promise<ExitCode> {
  const { reason } = asked.options
  return changePin('loosen', asked, (path) => ({ method: 'POST', path: `${path}/loosen`, body: { reason } }))
}

/** `berth pins forget HOST KIND`: the next plan chooses anew. */
export function pinForgetCommand(asked: Asked<OfPin>): Promise<ExitCode> {
  const query = new URLSearchParams({ reason: asked.options.reason })
  return changePin('forget', asked, (path) => ({ method: 'DELETE', path: `${path}?${query}` }))
}

/** Reads the host's set of pins, and changes it only if it is still that. */
function changePin(
  name: string,
  asked: Asked<OfPin>,
  write: (path: string) => Pick<Write, 'method' | 'path' | 'body'>,
): Promise<ExitCode> {
  const { options, io } = asked
  return overApi(`pins ${name}`, asked, async (remote) => {
    const path = `${await hostPath(remote, options.host)}/pins`
    const { etag } = await remote.get<PinSet>(path)
    const changes = `the pins of ${options.host}`
    const written = write(`${path}/${options.purpose}/${options.kind}`)
    const { body } = await remote.send<PinSet | null>({ ...written, etag, changes })
    io.out(outcome(remote, options, body))
    return EXIT.ok
  })
}

/** A pin that is gone has no answer: in JSON nothing is said of it. */
function outcome(remote: Remote, { host, kind, purpose }: OfPin, body: PinSet | null): string {
  const what = `${host}: the ${kind} for ${purpose === 'crash' ? 'a crash' : 'a reboot'}`
  if (body === null) return remote.json ? '' : `${what} is pinned nowhere now: the next plan chooses\n`
  if (remote.json) return `${JSON.stringify(body)}\n`
  const pin = body.items.find((item) => item.purpose === purpose && item.kind === kind)
  if (!pin) return `${what} is pinned nowhere\n`
  const hold = pin.loose ? ', and may move in the next plan' : ''
  return `${what} is pinned at ${pin.mem} with room for ${exactSize(pin.room)}${hold} (generation ${body.generation})\n`
}
