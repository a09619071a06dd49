import type { Family } from '../http/exposition.ts'

/** What Prometheus itself knows, and puts on every sample that it scrapes. */
const OF_PROMETHEUS = { metrics: ['up'], labels: ['job', 'instance'] }

const FUNCTIONS = [
  'rate',
  'increase',
  'histogram_quantile',
  'sum',
  'max',
  'max_over_time',
  'topk',
  'label_values',
]
const WORDS = [...FUNCTIONS, 'by', 'and', 'or', 'on']

const SELECTOR = /([a-zA-Z_:][\w:]*)\s*(?:\{([^}]*)\})?/g
const MATCHER = /\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"([^"]*)"\s*(?:,|$)/y

/**
 * What in an expression nobody exports: metrics, labels, and values that a label never has. Empty where all is well.
 *
 * Not a parser of PromQL: it knows what our own expressions are made of, and whatever else stands there is told too.
 */
export function unexported(expression: string, families: ReadonlyMap<string, Family>): string[] {
  const samples = [...families.values()].flatMap((family) => family.samples)
  const wrong: string[] = []
  const named: string[] = []
  const grouped = new Set<string>()
  const bare = expression
    .replace(/\bby\s*\(([^)]*)\)/g, (_, labels: string) => {
      for (const label of labels.split(',')) grouped.add(label.trim())
      return ' '
    })
    .replace(/\[\d+[smhd]\]/g, ' ')
  for (const [, name = '', inside = ''] of bare.matchAll(SELECTOR)) {
    if (WORDS.includes(name)) continue
    named.push(name)
    const own = samples.filter((sample) => sample.name === name)
    if (own.length === 0 && !OF_PROMETHEUS.metrics.includes(name)) wrong.push(`no metric ${name}`)
    else wrong.push(...matchersWrong(name, inside, own))
  }
  const labels = new Set(
    samples.filter(({ name }) => named.includes(name)).flatMap((s) => Object.keys(s.labels)),
  )
  const known = (label: string) => labels.has(label) || OF_PROMETHEUS.labels.includes(label)
  wrong.push(...[...grouped].filter((label) => !known(label)).map((label) => `no label ${label} to sum by`))
  return named.length === 0 ? [...wrong, 'no metric at all'] : wrong
}

function matchersWrong(name: string, inside: string, own: Family['samples']): string[] {
  const wrong: string[] = []
  MATCHER.lastIndex = 0
  while (MATCHER.lastIndex < inside.length) {
    const at = MATCHER.lastIndex
    const [, label, , value = ''] = MATCHER.exec(inside) ?? []
    if (label === undefined) return [...wrong, `${name}: ${inside.slice(at)} is no matcher`]
    if (OF_PROMETHEUS.labels.includes(label)) continue
    const values = new Set(own.map(({ labels }) => labels[label]))
    const never = value.split('|').filter((one) => !values.has(one))
    wrong.push(...never.map((one) => `${name} is never exported with ${label}="${one}"`))
  }
  return wrong
}
