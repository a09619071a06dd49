import { setTimeout as sleep } from 'node:timers/promises'
import { CLOSE, got, posted } from './bytes.ts'
import { formFaults } from './judge.ts'
import type { Stage } from './stage.ts'
import { talk } from './talk.ts'

/** As long as a client waits that does not know whether anything will come. Units: milliseconds. */
const PATIENCE_MS = 50
const INSERTED = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  ':',
  '\t',
  '%',
  '\x7f',
  'é',
  '0',
  'chunked',
  'HTTP/1.1',
  '\r\n\r\n',
]

/** Requests with bytes that fell out, came twice or were changed on their way; whatever is answered is an answer. */
export async function garbled(stage: Stage): Promise<void> {
  const { url, ledger, random } = stage
  let said = plain(stage) + plain(stage)
  for (let times = 1 + random.below(3); times > 0; times--) said = spoilt(stage, said)
  const { socket, heard, answers } = talk(url, said)
  await Promise.race([answers(2).catch(() => {}), sleep(PATIENCE_MS)])
  socket.end()
  const what = await heard
  ledger.requests += 2
  ledger.faults++
  const whole = what.answers.filter(({ isWhole }) => isWhole)
  ledger.wrong.push(...whole.flatMap(formFaults).map((one) => `garbled: ${one}: ${JSON.stringify(said)}`))
  if (what.rest !== '' && !/^HTTP\/1\.1 /.test(what.rest)) ledger.wrong.push(`garbled: answered ${what.rest}`)
}

function plain({ world: { host, credential }, random, named }: Stage): string {
  const id = named('garbled')
  // Whatever becomes of it, an agent makes no key.
  const body = { role: 'viewer', name: id }
  return random.pick([
    () => got(`/v1/hosts/${host}`, credential, id),
    () => got('/livez', null, id, CLOSE),
    () => posted({ path: '/v1/keys', as: credential, id, body }),
  ])()
}

function spoilt({ random }: Stage, said: string): string {
  const at = random.below(said.length)
  const upTo = at + 1 + random.below(8)
  return random.pick([
    () => said.slice(0, at) + said.slice(upTo),
    () => said.slice(0, upTo) + said.slice(at),
    () => said.slice(0, at) + random.pick(INSERTED) + said.slice(at),
    () => said.slice(0, at) + String.fromCharCode(random.below(256)) + said.slice(at + 1),
  ])()
}
