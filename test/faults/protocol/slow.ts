import { got, keyNamed } from './bytes.ts'
import { formFaults } from './judge.ts'
import { bystander, type Stage } from './stage.ts'
import { talk, type Talk } from './talk.ts'

const DRIP_MS = 20
const TURNS = 20
/** More answers than fit between the service and a client that reads none of them. */
const PIPED = 20

/** Clients that take their time, each with what it says at once and what it says byte by byte from then on. */
export const SLOW: readonly (readonly [why: string, said: (stage: Stage) => readonly [string, string]])[] = [
  ['says nothing', () => ['', '']],
  ['says its first line byte by byte', () => ['', `GET /${'x'.repeat(4000)}`]],
  ['adds header after header', () => ['GET /livez HTTP/1.1\r\n', 'x-a: b\r\n'.repeat(500)]],
  ['says a body byte by byte', (stage) => half(stage, 'content-length: 4000')],
  ['says chunk after chunk', (stage) => half(stage, 'transfer-encoding: chunked', '1\r\n \r\n'.repeat(1000))],
  [
    'ends its request, and not the next one',
    ({ named }) => [got('/livez', null, named('slow')), 'GET /livez HTTP/1.1\r\n'],
  ],
  [
    'reads nothing of what it asks for',
    ({ named }) => [got('/openapi.json', null, named('slow')).repeat(PIPED), '\r\n'.repeat(4000)],
  ],
]

function half({ world, named }: Stage, length: string, drip = ' '.repeat(4000)): readonly [string, string] {
  const [head = ''] = keyNamed(named('slow'), world.admin)
    .replace(/content-length: \d+/, length)
    .split('\r\n\r\n')
  return [`${head}\r\n\r\n`, drip]
}

/** While so many of each are there, everybody else is answered. */
export async function besideSlow(stage: Stage, each: number): Promise<void> {
  const { ledger } = stage
  const slow = SLOW.flatMap((one) => Array.from({ length: each }, () => dripping(stage, one)))
  ledger.faults += slow.length
  await Promise.all(slow.map(({ connected }) => connected))
  await Promise.all([bystander(stage, TURNS), bystander(stage, TURNS)])
  slow.forEach(({ stop }) => stop())
  await Promise.all(slow.map(({ heard }) => heard))
}

/** By a service with little patience, each is refused or let go, and hears nothing else but what it asked for. */
export async function letGo(stage: Stage, sorts = SLOW): Promise<void> {
  const { ledger } = stage
  const ends = sorts.map(async (one) => {
    const { heard, stop } = dripping(stage, one)
    ledger.faults++
    const { answers } = await heard
    stop()
    // An answer of which nobody reads the end is torn where it is let go.
    const whole = answers.filter(({ isWhole }) => isWhole)
    ledger.wrong.push(...whole.flatMap(formFaults).map((wrong) => `who ${one[0]}: ${wrong}`))
    const bad = whole.filter(({ status }) => status !== 200 && status !== 408)
    ledger.wrong.push(...bad.map(({ status }) => `who ${one[0]} is answered ${status}`))
  })
  await Promise.all(ends)
}

function dripping(
  stage: Stage,
  [why, said]: (typeof SLOW)[number],
): Pick<Talk, 'heard'> & { connected: Promise<void>; stop: () => void } {
  const [first, rest] = said(stage)
  const { socket, heard } = talk(stage.url, ...(first === '' ? [] : [first]))
  // It learns that it was let go when it says more.
  if (why.startsWith('reads nothing')) socket.pause()
  let at = 0
  const drip = setInterval(() => {
    if (at < rest.length && socket.writable) socket.write(rest.charAt(at++))
  }, DRIP_MS)
  const ended = () => clearInterval(drip)
  socket.once('close', ended)
  return {
    heard,
    connected: new Promise((resolve) => socket.once('connect', () => resolve())),
    stop: () => {
      ended()
      socket.destroy()
    },
  }
}
