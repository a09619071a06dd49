import type { Random } from '../../fuzz/random.ts'
import { entryOf, snapshotOf, X86 } from '../../http/fixtures.ts'

/** What was asked for, under a name that nothing else has, and what came of it. */
export interface Asked {
  readonly kind: 'snapshot' | 'pin' | 'entry'
  readonly marker: string
  readonly host: string
  readonly repeat: (url: string) => Promise<Answer>
  /** Null where the service died before it answered. */
  readonly answer: Answer | null
}

export interface Answer {
  readonly status: number
  readonly body: { readonly id?: string; readonly detail?: string }
}

export interface Client {
  readonly host: string
  readonly credential: string
}

const { dmesg: _, ...FILES } = snapshotOf(X86).files
const ENTRY = entryOf(X86)

/** Asks for one thing after the other, and is content with no answer but a success, until the service is gone. */
export async function busy(
  url: string,
  { client, admin, name, random }: { client: Client; admin: string; name: string; random: Random },
  asked: Asked[],
): Promise<void> {
  for (let n = 0; ; n++) {
    const marker = `${name}-${n}`
    const one = request(random.pick(['snapshot', 'pin', 'entry'] as const), { client, admin, marker })
    const answer = await one.repeat(url).catch(() => null)
    asked.push({ ...one, answer })
    if (answer === null) return
  }
}

function request(
  kind: Asked['kind'],
  { client, admin, marker }: { client: Client; admin: string; marker: string },
): Omit<Asked, 'answer'> {
  const { host, credential } = client
  const send = (method: string, path: string, as: string, body: object) => (url: string) =>
    call(url, { method, path, as, body, marker })
  const repeat = {
    snapshot: () =>
      send('POST', `/v1/hosts/${host}/snapshots`, credential, { boot_id: marker, files: FILES }),
    pin: () =>
      send('PUT', `/v1/hosts/${host}/pins/reboot/kernel`, admin, {
        mem: '0x40000000',
        room: 16_777_216,
        reason: marker,
      }),
    entry: () => send('POST', '/v1/boot-entries', admin, { ...ENTRY, title: marker }),
  }[kind]()
  return { kind, marker, host, repeat }
}

export interface Call {
  readonly method: string
  readonly path: string
  readonly as: string
  readonly body: object
  readonly marker: string
}

/** Errors: rejects when there is no whole answer. */
export async function call(url: string, { method, path, as, body, marker }: Call): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${as}`,
      'content-type': 'application/json',
      'idempotency-key': marker,
      'if-match': '*',
    },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}
