import { CLOSE, got, keyNamed } from './bytes.ts'
import { orderFaults, refusedFaults, type Due } from './judge.ts'
import { malformed } from './malformed.ts'
import { kept, type Stage } from './stage.ts'
import { talk } from './talk.ts'

const MOST = 12

/** Requests that are sent before any of them is answered, torn anywhere; often with something behind them that is none. */
export async function pipelined(stage: Stage): Promise<void> {
  const { url, world, ledger, random } = stage
  const count = 2 + random.below(MOST - 1)
  const tail = random.once(2) ? random.pick(malformed(world.admin)) : null
  const requests = Array.from({ length: count }, (_, i) => oneOf(stage, tail === null && i === count - 1))
  const bytes = requests.map(({ said }) => said).join('') + (tail?.said ?? '')
  const { heard } = talk(url, ...torn(bytes, random.below(4), (n) => random.below(n)))
  const what = await heard
  ledger.requests += count
  ledger.faults += tail ? 1 : 0
  const due = requests.map(({ due }) => due)
  const wrong = tail ? refusedFaults(due, what) : orderFaults(due, what)
  ledger.wrong.push(...wrong.map((one) => `pipelined, ${tail?.why ?? 'nothing'} behind: ${one}`))
  requests.forEach(({ mark }, i) => {
    if (mark !== null) kept(ledger, mark, what.answers[i])
  })
}

interface One {
  readonly said: string
  readonly due: Due
  /** Of what it stores. */
  readonly mark: string | null
}

function oneOf({ world, random, named }: Stage, isLast: boolean): One {
  const id = named('pipelined')
  const { admin, host, credential } = world
  const more = isLast ? [CLOSE] : []
  const read = (path: string, as: string | null, status: number): One => ({
    said: got(path, as, id, ...more),
    due: { id, statuses: [status] },
    mark: null,
  })
  return random.pick<() => One>([
    () => read('/livez', null, 200),
    () => read('/readyz', null, 200),
    () => read(`/v1/hosts/${host}`, credential, 200),
    () => read('/v1/hosts', admin, 200),
    () => read('/v1/hosts/host_00000000000000000000000000', admin, 404),
    () => read('/v1/hosts', null, 401),
    () => read('/v1/hosts?limit=x', admin, 400),
    () => ({ said: keyNamed(id, admin, ...more), due: { id, statuses: [201] }, mark: id }),
    () => ({ said: keyNamed(id, credential, ...more), due: { id, statuses: [403] }, mark: null }),
  ])()
}

/** The same bytes, in so many parts more. */
export function torn(bytes: string, times: number, below: (n: number) => number): string[] {
  const at = Array.from({ length: times }, () => below(bytes.length)).sort((a, b) => a - b)
  return [...at, bytes.length]
    .map((end, i) => bytes.slice(i === 0 ? 0 : at[i - 1], end))
    .filter((part) => part !== '')
}
