import type { Purpose, SegmentKind } from '../planner/names.ts'
import type { GroupPinSet } from '../wire/group-pins.ts'
import type { ExitCode } from './io.ts'
import type { PinPlace } from './pin-change.ts'
import {
  overApi,
  type Answer,
  type Asked,
  type Remote,
  type RemoteOptions,
  type Unchanged,
} from './remote.ts'
import { exactSize } from './size.ts'

interface OfGroupPin extends RemoteOptions {
  readonly group: string
  readonly kind: SegmentKind
  readonly purpose: Purpose
  readonly reason: string
}

const PIN = '/v1/groups/{group}/pins/{purpose}/{segment}'

interface AtPin extends Unchanged {
  readonly path: { readonly group: string; readonly purpose: Purpose; readonly segment: SegmentKind }
}

/** `berth group set GROUP KIND`: puts one pin of a group where the operator says. */
export function groupPinSetCommand(asked: Asked<OfGroupPin & PinPlace>): Promise<ExitCode> {
  const { mem, room, reason } = asked.options
  return changeGroupPin('set', asked, (remote, at) =>
    remote.send('put', PIN, { ...at, body: { mem, room, reason } }),
  )
}

/** `berth group forget GROUP KIND`: hosts keep what became their own. */
export function groupPinForgetCommand(asked: Asked<OfGroupPin>): Promise<ExitCode> {
  const query = { reason: asked.options.reason }
  return changeGroupPin('forget', asked, (remote, at) => remote.send('delete', PIN, { ...at, query }))
}

/** Reads the group's set of pins, and changes it only if it is still that. */
function changeGroupPin(
  name: string,
  asked: Asked<OfGroupPin>,
  write: (remote: Remote, at: AtPin) => Promise<Answer<GroupPinSet | null>>,
): Promise<ExitCode> {
  const { group, purpose, kind: segment } = asked.options
  return overApi(`group ${name}`, asked, async (remote) => {
    const { etag } = await remote.get('/v1/groups/{group}/pins', { path: { group } })
    const path = { group, purpose, segment }
    const { body } = await write(remote, { path, etag, changes: `the pins of group ${group}` })
    return body === null
      ? remote.say(gone(asked.options))
      : remote.show(body, () => outcome(asked.options, body))
  })
}

function whichPin({ group, kind, purpose }: OfGroupPin): string {
  return `group ${group}: the ${kind} for ${purpose === 'crash' ? 'a crash' : 'a reboot'}`
}

function gone(of: OfGroupPin): string {
  return `${whichPin(of)} is pinned nowhere now: hosts keep their own pins\n`
}

function outcome(of: OfGroupPin, body: GroupPinSet): string {
  const { kind, purpose } = of
  const what = whichPin(of)
  const pin = body.items.find((item) => item.purpose === purpose && item.kind === kind)
  return pin
    ? `${what} is pinned at ${pin.mem} with room for ${exactSize(pin.room)}\n`
    : `${what} is pinned nowhere\n`
}
