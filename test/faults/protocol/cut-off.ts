import type { Socket } from 'node:net'
import { snapshotOf, X86 } from '../../http/fixtures.ts'
import { chunked, got, keyNamed, posted, type Posted } from './bytes.ts'
import { cutFaults, leftFaults } from './judge.ts'
import { kept, type Stage } from './stage.ts'
import { talk } from './talk.ts'

const { dmesg: _, ...FILES } = snapshotOf(X86).files

/** How a client leaves: it says that no more will come, or it is gone at once. */
const LEAVES: readonly ((socket: Socket) => void)[] = [
  (socket) => void socket.end(),
  (socket) => void socket.destroy(),
  (socket) => void socket.resetAndDestroy(),
]

/** A client that leaves before it was answered: behind a whole request, or within one, of which nothing is kept. */
export async function leaving(stage: Stage): Promise<void> {
  const { ledger, random } = stage
  const one = random.pick([key, upload, upload, read])(stage)
  const isWhole = random.once(3)
  const said = isWhole ? one.said : one.said.slice(0, random.below(one.said.length))
  await leave(stage, said, one, isWhole)
  ledger.requests++
  ledger.faults++
}

interface One {
  readonly said: string
  readonly id: string
  readonly mark: string | null
  readonly statuses: readonly number[]
}

async function leave(
  { url, ledger, random }: Stage,
  said: string,
  one: One,
  isWhole: boolean,
): Promise<void> {
  const { socket, heard } = talk(url)
  const part = random.below(said.length + 1)
  socket.write(said.slice(0, part))
  await new Promise<void>((resolve) => {
    const rest = said.slice(part)
    const sent = () => resolve()
    socket.once('close', sent)
    if (rest === '') socket.once('connect', sent)
    else socket.write(rest, sent)
  })
  random.pick(LEAVES)(socket)
  const what = await heard
  const due = [{ id: one.id, statuses: one.statuses }]
  const wrong = isWhole ? leftFaults(due, what) : cutFaults(what)
  ledger.wrong.push(...wrong.map((one) => `left: ${one}`))
  if (isWhole && one.mark !== null) kept(ledger, one.mark, what.answers[0])
}

function key({ world, named }: Stage): One {
  const id = named('left')
  return { id, mark: id, said: keyNamed(id, world.admin), statuses: [201] }
}

function upload({ world, random, named }: Stage): One {
  const id = named('upload')
  const { host, credential: as } = world
  const post: Posted = { path: `/v1/hosts/${host}/snapshots`, as, id, body: { boot_id: id, files: FILES } }
  const said = random.once(2) ? posted(post) : chunked(post, (n) => random.below(n))
  return { id, mark: id, said, statuses: [201] }
}

function read({ world, named }: Stage): One {
  const id = named('read')
  return { id, mark: null, said: got('/openapi.json', world.admin, id), statuses: [200] }
}
