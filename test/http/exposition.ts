import { expect } from 'vitest'
import type { Api } from './api.ts'

/** One line of what Prometheus is shown. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One metric, with all of its samples. */
export interface Family {
  readonly help: string
  readonly type: string
  readonly samples: readonly Sample[]
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)/y

/** Reads the text format of Prometheus; a line that is not of it is an error. */
export function readExposition(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, { help: string; type: string; samples: Sample[] }>()
  let name = ''
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, word, of = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (word === 'HELP') {
      if (families.has(of)) throw new Error(`${of} is there twice`)
      families.set((name = of), { help: rest, type: '', samples: [] })
    } else if (word === 'TYPE') {
      const family = families.get(of)
      if (!family || of !== name) throw new Error(`a type without help: ${line}`)
      family.type = rest
    } else {
      const sample = readSample(line)
      if (sample.name.replace(/_(bucket|sum|count)$/, '') !== name && sample.name !== name)
        throw new Error(`${line} stands under ${name}`)
      families.get(name)?.samples.push(sample)
    }
  }
  return families
}

function readSample(line: string): Sample {
  const [, name, inside = '', value] = SAMPLE.exec(line) ?? []
  if (name === undefined) throw new Error(`no sample: ${line}`)
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < inside.length) {
    const [, label, content] = LABEL.exec(inside) ?? []
    if (label === undefined || content === undefined) throw new Error(`labels that nobody can read: ${line}`)
    labels[label] = content
  }
  return { name, labels, value: value === '+Inf' ? Infinity : Number(value) }
}

/** What a service shows now, to who has this key. */
export async function scrape(api: Api, as = api.admin): Promise<ReadonlyMap<string, Family>> {
  const response = await api.call({ method: 'get', path: '/metrics', as })
  expect([response.status, response.headers['content-type']]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ])
  return readExposition(response.text)
}

/** The samples of a metric as `labels → value`, labels written as `a=b c=d`; those that are 0 left out. */
export function valuesOf(families: ReadonlyMap<string, Family>, name: string): Record<string, number> {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''))
  if (!family) throw new Error(`there is no ${name}`)
  const own = family.samples.filter((sample) => sample.name === name && sample.value !== 0)
  const words = (labels: Sample['labels']) =>
    Object.entries(labels).map(([label, value]) => `${label}=${value}`)
  return Object.fromEntries(own.map(({ labels, value }) => [words(labels).join(' '), value]))
}
