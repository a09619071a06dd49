import type { Purpose, SegmentKind } from '../planner/names.ts'
import type { GroupPinSet } from '../wire/group-pins.ts'
import { groupPath } from './group.ts'
import { EXIT, type ExitCode } from './io.ts'
import type { PinPlace } from './pin-change.ts'
import { overApi, type Asked, type Remote, type RemoteOptions, type Write } from './remote.ts'
import { exactSize } from './size.ts'

interface OfGroupPin extends RemoteOptions {
  readonly group: string
  readonly kind: SegmentKind
  readonly purpose: Purpose
  readonly reason: string
}

/** `berth group set GROUP KIND`: puts one pin of a group where the operator says. */
export function groupPinSetCommand(asked: Asked<OfGroupPin & PinPlace>): Promise<ExitCode> {
  const { mem, room, reason } = asked.options
  return changeGroupPin('set', asked, (path) => ({ method: 'PUT', path, body: { mem, room, reason } }))
}

/** `berth group forget GROUP KIND`: hosts keep what became their own. */
export function groupPinForgetCommand(asked: Asked<OfGroupPin>): Promise<ExitCode> {
  const query = new URLSearchParams({ reason: asked.options.reason })
  return changeGroupPin('forget', asked, (path) => ({ method: 'DELETE', path: `${path}?${query}` }))
}

/** Reads the group's set of pins, and changes it only if it is still that. */
function changeGroupPin(
  name: string,
  asked: Asked<OfGroupPin>,
  write: (path: string) => Pick<Write, 'method' | 'path' | 'body'>,
): Promise<ExitCode> {
  const { options, io } = asked
  return overApi(`group ${name}`, asked, async (remote) => {
    const path = groupPath(options)
    const { etag } = await remote.get<GroupPinSet>(path)
    const changes = `the pins of group ${options.group}`
    const written = write(`${path}/${options.purpose}/${options.kind}`)
    const { body } = await remote.send<GroupPinSet | null>({ ...written, etag, changes })
    io.out(outcome(remote, options, body))
    return EXIT.ok
  })
}

/** A pin that is gone has no answer: in JSON nothing is said of it. */
function outcome(remote: Remote, { group, kind, purpose }: OfGroupPin, body: GroupPinSet | null): string {
  const what = `group ${group}: the ${kind} for ${purpose === 'crash' ? 'a crash' : 'a reboot'}`
  if (body === null) return remote.json ? '' : `${what} is pinned nowhere now: hosts keep their own pins\n`
  if (remote.json) return `${JSON.stringify(body)}\n`
  const pin = body.items.find((item) => item.purpose === purpose && item.kind === kind)
  return pin
    ? `${what} is pinned at ${pin.mem} with room for ${exactSize(pin.room)}\n`
    : `${what} is pinned nowhere\n`
}
