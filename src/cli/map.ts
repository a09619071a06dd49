import { writeFileSync } from 'node:fs'
import { mapFacts } from '../picture/map-facts.ts'
import type { MapPicture } from '../picture/map-picture.ts'
import { mapSvg } from '../picture/map-svg.ts'
import { mapText } from '../picture/map-text.ts'
import type { ScaleKind } from '../picture/scale.ts'
import { factsPicture } from './facts-picture.ts'
import { atHost } from './host-named.ts'
import { reasonOf } from './input-error.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { mapOfCapture } from './map-capture.ts'
import { overApi, RemoteFailed, type Asked, type Remote, type RemoteOptions } from './remote.ts'
import { show, type Output } from './show.ts'
import { terminalOf } from './terminal.ts'

interface MapOptions extends RemoteOptions, Drawing {
  readonly host: readonly string[]
  readonly capture?: string
  readonly snapshot?: string
  readonly plan?: string
  readonly bootEntry?: string
}

interface Drawing {
  readonly svg?: string
  readonly scale: ScaleKind
  readonly output?: Output
}

/** A picture, and whether what was asked for has its place in it. */
export interface Drawn {
  readonly picture: MapPicture
  readonly fits: boolean
}

/** `berth map`: a host's memory for a terminal, as SVG, or as JSON; over the API, or offline from a capture folder. */
export async function mapCommand(asked: Asked<MapOptions>): Promise<ExitCode> {
  const { options, io } = asked
  const { host: words, capture } = options
  if (capture !== undefined) {
    const drawn = mapOfCapture(capture, words, io)
    return 'picture' in drawn ? draw(drawn, options, io) : drawn.exit
  }
  return overApi('map', asked, async (remote) => {
    const [host, extra] = words
    if (host === undefined) throw new RemoteFailed('name a host, or give --capture DIR', EXIT.usage)
    const strange = words.find((word) => word.startsWith('-')) ?? extra
    if (strange !== undefined) throw new RemoteFailed(`${strange} is not known here`, EXIT.usage)
    return draw(await mapOfHost(remote, host, options), options, io)
  })
}

async function mapOfHost(remote: Remote, host: string, options: MapOptions): Promise<Drawn> {
  const { plan, bootEntry, snapshot } = options
  const { path } = await atHost(remote, host)
  if (bootEntry !== undefined) {
    const query = { boot_entry: bootEntry, snapshot }
    const { body } = await remote.get('/v1/hosts/{hostId}/placements/map', { path, query })
    const fits = body.failure === null
    return { picture: factsPicture(body.facts, !fits), fits }
  }
  // What was made last need not be what was seen last.
  const seen = snapshot ?? (await remote.get('/v1/hosts/{hostId}/pins/drift', { path })).body.snapshot
  const at = { path: { ...path, snapshotId: seen }, query: { plan } }
  const { body } = await remote.get('/v1/hosts/{hostId}/snapshots/{snapshotId}/map', at)
  return { picture: factsPicture(body.facts, false), fits: true }
}

function draw({ picture, fits }: Drawn, { svg, scale, output }: Drawing, io: Io): ExitCode {
  if (svg !== undefined) {
    try {
      writeFileSync(svg, mapSvg(picture, { scale, standalone: true }))
    } catch (thrown) {
      io.err(`berth map: ${reasonOf(thrown)}\n`)
      return EXIT.failed
    }
    io.err(`${picture.sentence}\nwritten to ${svg}\n`)
  } else {
    const terminal = { ...terminalOf(), colour: io.color === true }
    show(io, output, mapFacts(picture), () => mapText(picture, terminal))
  }
  return fits ? EXIT.ok : EXIT.noHole
}
