import type { HealthGate, Probe } from '../../wire/rollout-spec.ts'
import { isListed } from '../outbound/listed-origin.ts'

/** How long an answer may take. */
const TIMEOUT_MS = 5000
const MAX_ANSWER = 64 * 1024

export interface Probed {
  readonly verdict: 'pass' | 'fail' | 'inconclusive'
  readonly detail: string
}

export interface Probes {
  /** Whether the service was told that it may ask there. */
  mayAsk(url: string): boolean
  /** Asks once. What gives no answer is inconclusive: it keeps hosts waiting, and halts nothing. */
  ask(gate: HealthGate, probe: Probe): Promise<Probed>
}

/**
 * Asks what operators have configured, and nobody else: the origin is looked at before every question, and an
 * answer that leads elsewhere is none.
 */
export function probes(origins: readonly string[], fetch: typeof globalThis.fetch): Probes {
  const mayAsk = (url: string): boolean => isListed(origins, url)
  return {
    mayAsk,
    ask: async (gate, probe) => {
      if (!mayAsk(probe.url)) return inconclusive('the service was not told that it may ask there')
      try {
        const url = gate.kind === 'prometheus' ? queryUrl(probe) : probe.url
        const signal = AbortSignal.timeout(TIMEOUT_MS)
        const answer = await fetch(url, { redirect: 'manual', signal, headers: { accept: '*/*' } })
        return gate.kind === 'prometheus'
          ? await judgedValue(answer, probe)
          : await judgedStatus(answer, probe)
      } catch (thrown) {
        return inconclusive(`no answer: ${thrown instanceof Error ? thrown.message : 'unknown'}`)
      }
    },
  }
}

function queryUrl({ url, query = '' }: Probe): string {
  const asked = new URL(url)
  asked.searchParams.set('query', query)
  return asked.href
}

async function judgedStatus(answer: Response, { status }: Probe): Promise<Probed> {
  await answer.body?.cancel()
  const passes = status === undefined ? answer.status >= 200 && answer.status < 300 : answer.status === status
  return { verdict: passes ? 'pass' : 'fail', detail: `answered ${answer.status}` }
}

/** Prometheus' instant query: a vector or a scalar. Every value of it must lie within the bounds. */
async function judgedValue(answer: Response, { most = Infinity, least = -Infinity }: Probe): Promise<Probed> {
  if (answer.status !== 200) return inconclusive(`answered ${answer.status}`)
  const values = valuesIn(await textOf(answer))
  if (values === null) return inconclusive('the answer is not that of an instant query')
  if (values.length === 0) return inconclusive('no value')
  const bad = values.find((v) => !(v >= least && v <= most))
  if (bad === undefined) return { verdict: 'pass', detail: `value ${values[0]}` }
  return Number.isNaN(bad) ? inconclusive('value NaN') : { verdict: 'fail', detail: `value ${bad}` }
}

function valuesIn(text: string): number[] | null {
  try {
    const { result } = (JSON.parse(text) as { data: { result: unknown } }).data
    if (!Array.isArray(result)) return null
    if (result.length === 2 && typeof result[1] === 'string') return [Number(result[1])]
    return result.map((sample) => Number((sample as { value: [number, string] }).value[1]))
  } catch {
    return null
  }
}

/** Not more than a gate's answer can need. */
async function textOf(answer: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of answer.body ?? []) {
    text += decoder.decode(bytes as Uint8Array, { stream: true })
    if (text.length > MAX_ANSWER) throw new Error('the answer is too long')
  }
  return text
}

function inconclusive(detail: string): Probed {
  return { verdict: 'inconclusive', detail }
}
