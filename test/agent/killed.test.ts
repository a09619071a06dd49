import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { readIdentity, STEPS, writeIdentity, type Step } from '../../src/agent/index.ts'
import { planFirmwareBoot, readSnapshot, type CaptureFiles } from '../../src/planner/index.ts'
import { signerOf } from '../../src/http/signing/signer.ts'
import { loadCapture } from '../capture.ts'
import { bootIdOf, callsOf, INSIDE, layOutHost, layOutPowerCycle } from './killed/disk-host.ts'
import { judge, type Judge } from './killed/judge.ts'
import { assignmentOf, bootEntryFor, planFor } from './planned.ts'
import { newKey, publicKeys, signedOf } from './signed.ts'

const NAME = 'x86_64-seabios-2g'
const ID = '0123456789abcdefghjkmnpqrs'
const FIRST = 'berth_host_1_secret'
/** A killed agent needs two more rounds at most; what comes after must change nothing. */
const ROUNDS = 4
/** Many processes are started at once; a slow machine must not fail them. */
const PATIENCE = { timeout: 300_000 }

let built = ''
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'berth-killed-'))
  const bundle = await rolldown({
    input: new URL('killed/one-round.ts', import.meta.url).pathname,
    platform: 'node',
    logLevel: 'silent',
  })
  await bundle.write({ dir: built, format: 'esm', entryFileNames: 'one-round.mjs' })
  await bundle.close()
})
afterAll(() => rm(built, { recursive: true, force: true }))

type Way = 'kexec' | 'cold' | 'powercycle'

/** What one way does not come by. */
const NOT_BY: Record<Way, readonly Step[]> = {
  kexec: ['power-cycle-hooks-run', 'reboot-called'],
  cold: [
    ...(['load-written', 'load-returned', 'load-compared'] as const),
    ...(['loaded-written', 'loaded-spooled', 'loaded-reported', 'exec-called'] as const),
    'power-cycle-hooks-run',
  ],
  powercycle: [
    ...(['load-written', 'load-returned', 'load-compared'] as const),
    ...(['loaded-written', 'loaded-spooled', 'loaded-reported', 'exec-called'] as const),
  ],
}
const stepsOf = (way: Way) => STEPS.filter((step) => !NOT_BY[way].includes(step))

interface World {
  readonly folder: string
  readonly service: Judge
}

/** A host on disk, enrolled with a service that has a plan for its first boot. */
async function world(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  more: { readonly bootOfPlan?: number; readonly way?: Way } = {},
): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-killed-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const files: CaptureFiles = loadCapture(NAME)
  layOutHost(folder, files)
  const snapshot = readSnapshot({ ...files, 'boot-id': `${bootIdOf(more.bootOfPlan ?? 0)}\n` })
  const entry = bootEntryFor(NAME, 'quiet')
  if (!snapshot.ok || !entry) throw new Error('no plan can be made')
  const { way = 'kexec' } = more
  if (way === 'powercycle') layOutPowerCycle(folder)
  const body =
    way === 'kexec'
      ? planFor(snapshot.value, entry)
      : planFirmwareBoot(snapshot.value, { release: entry.version, cmdline: entry.options }, way)
  const { plan, boot_entry } = assignmentOf(body, entry)
  // The service has another key since this host enrolled.
  const [before, since] = [newKey(), newKey()]
  const service = await judge(
    signedOf(
      { plan: { ...plan, id: `plan_${ID}` }, boot_entry: { ...boot_entry, id: `boot_${ID}` } },
      { signer: signerOf([since, before]) },
    ),
    FIRST,
  )
  onTestFinished(service.close)
  const signing_keys = publicKeys(signerOf([before]))
  const identity = { server: service.url, host: 'host_1', credential: FIRST, signing_keys }
  await writeIdentity(join(folder, 'identity.json'), identity)
  return { folder, service }
}

/** One round in a process of its own: what it was ended by. */
function round({ folder }: World, killAt: string): Promise<{ signal: string | null; out: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(built, 'one-round.mjs'), folder, killAt], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    child.stdout.on('data', (part: Buffer) => (out += part.toString()))
    child.stderr.on('data', (part: Buffer) => (out += part.toString()))
    child.on('close', (_code, signal) => resolve({ signal, out }))
  })
}

/** The agent is started again whenever it has ended, as a host would. */
async function live(of: World, killAt: string): Promise<string[]> {
  const ends: string[] = []
  for (let n = 0; n < ROUNDS; n++) {
    const { signal, out } = await round(of, killAt)
    ends.push(signal ?? out)
  }
  return ends
}

async function hasUsableCredential({ folder, service }: World): Promise<boolean> {
  const identity = await readIdentity(join(folder, 'identity.json'))
  return service.credentials.has((identity?.next ?? identity)?.credential ?? '')
}

/** From where on a killed agent cannot know how far it came, and up to where the host is in the same boot. */
const UNKNOWN_FROM = STEPS.indexOf('nonce-recorded')

function expectedOutcome(place: Step | (typeof INSIDE)[number], last: Step = 'exec-called'): string {
  const at = STEPS.indexOf(place as Step)
  return at === -1 || (at >= UNKNOWN_FROM && at <= STEPS.indexOf(last)) ? 'failed' : 'landed'
}

/** What the journal said last when the agent was killed there. */
function phaseAt(place: Step | (typeof INSIDE)[number]): string {
  const at = STEPS.indexOf(place as Step)
  if (at === -1) return 'loading'
  if (at < STEPS.indexOf('load-written')) return 'begun'
  if (at < STEPS.indexOf('loaded-written')) return 'loading'
  return at < STEPS.indexOf('executing-written') ? 'loaded' : 'executing'
}

test('unharmed, the agent loads once, jumps once, and the plan lands', async (context) => {
  const w = await world(context)
  const ends = await live(w, 'nowhere')
  expect(ends[0]).toBe('SIGKILL')
  expect(ends.slice(1).map((out) => JSON.parse(out).ok)).toEqual([true, true, true])
  expect(callsOf(w.folder)).toEqual(['load', 'exec'])
  expect(w.service.outcomes).toEqual(['landed'])
  expect(w.service.misfits).toEqual([])
  expect([...w.service.credentials]).toEqual([`${FIRST}-1`])
})

describe.concurrent('killed at', PATIENCE, () => {
  test.for([...stepsOf('kexec'), ...INSIDE])(
    '%s: nothing is done twice, and the outcome arrives once',
    async (place, context) => {
      const w = await world(context)
      const ends = await live(w, place)
      expect(readFileSync(join(w.folder, 'killed'), 'utf8')).toBe(place)
      expect(ends).toContain('SIGKILL')
      const calls = callsOf(w.folder)
      const outcome = expectedOutcome(place)
      expect(w.service.outcomes).toEqual([outcome])
      if (outcome === 'failed') expect(w.service.details.at(-1)).toContain(`come to: ${phaseAt(place)}`)
      expect(calls.filter((c) => c === 'load').length).toBeLessThanOrEqual(1)
      expect(calls.filter((c) => c.startsWith('exec'))).toEqual(outcome === 'landed' ? ['exec'] : [])
      expect(w.service.misfits).toEqual([])
      expect(await hasUsableCredential(w)).toBe(true)
      expect(ends.slice(-2).map((out) => JSON.parse(out))).toEqual(
        Array.from({ length: 2 }, () => expect.objectContaining({ ok: true })),
      )
      // Nothing that was meant for the jump stays behind for somebody else's.
      const running = join(w.folder, 'running.json')
      expect(existsSync(running) ? JSON.parse(readFileSync(running, 'utf8')).loaded : null).toBeNull()
    },
  )
})

test('no step is left out', () => {
  const all = (['kexec', 'cold', 'powercycle'] as const).flatMap(stepsOf)
  expect(STEPS.filter((step) => !all.includes(step))).toEqual([])
})

describe.concurrent.each(['cold', 'powercycle'] as const)(
  'through firmware, %s, killed at',
  PATIENCE,
  (way) => {
    const from = stepsOf(way).indexOf('nonce-recorded')
    test.for(stepsOf(way).slice(from))(
      '%s: it goes once at most, and the outcome arrives once',
      async (place, context) => {
        const w = await world(context, { way })
        const ends = await live(w, place)
        expect(readFileSync(join(w.folder, 'killed'), 'utf8')).toBe(place)
        // Once somebody was told to take the power away, the host goes whether its agent lives or not.
        const isOrdered =
          way === 'powercycle' && STEPS.indexOf(place) >= STEPS.indexOf('power-cycle-hooks-run')
        const outcome = isOrdered ? 'landed' : expectedOutcome(place, 'reboot-called')
        expect(w.service.outcomes).toEqual([outcome])
        expect(w.service.misfits).toEqual([])
        const went = STEPS.indexOf(place) > STEPS.indexOf('reboot-called')
        expect(callsOf(w.folder)).toEqual(went ? [way] : [])
        expect(ends.slice(-2).map((out) => JSON.parse(out))).toEqual(
          Array.from({ length: 2 }, () => expect.objectContaining({ ok: true })),
        )
      },
    )
  },
)

describe.concurrent.each<[why: string, outcome: string, loads: number]>([
  ['a plan of another boot', 'refused', 0],
  ['a plan that the kernel does not take', 'failed', 1],
])('%s', PATIENCE, (why, outcome, loads) => {
  test.for(['outcome-spooled', 'outcome-reported', 'outcome-written'] as const)(
    'killed at %s: the outcome arrives once',
    async (place, context) => {
      const w = await world(context, outcome === 'refused' ? { bootOfPlan: 7 } : {})
      if (outcome === 'failed') writeFileSync(join(w.folder, 'refuses'), why)
      await live(w, place)
      expect(existsSync(join(w.folder, 'killed'))).toBe(true)
      expect(w.service.outcomes).toEqual([outcome])
      expect(w.service.misfits).toEqual([])
      expect(callsOf(w.folder)).toEqual(Array.from({ length: loads }, () => 'load'))
    },
  )
})
