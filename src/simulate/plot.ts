import type { StrategyName } from '../planner/index.ts'
import type { Run } from './report.ts'

const ROW = 18
const TOP = 96
const LEFT = 330
const WIDTH = 560
const RIGHT = 40
const BOTTOM = 40

/** One mark a strategy: shape and colour both tell them apart. */
const MARKS: {
  readonly [S in StrategyName]: { readonly name: string; readonly at: (x: number, y: number) => string }
} = {
  pinned: { name: 'pinned', at: (x, y) => `<circle class="pinned" cx="${x}" cy="${y}" r="5"/>` },
  kexec_file: {
    name: 'kexec_file',
    at: (x, y) => `<rect class="file" x="${round(x - 4)}" y="${y - 4}" width="8" height="8"/>`,
  },
  kexec_tools: {
    name: 'kexec_tools',
    at: (x, y) => `<path class="tools" d="M${x} ${y - 6}L${round(x + 6)} ${y + 5}H${round(x - 6)}Z"/>`,
  },
}

const STYLE = `
  svg { background: #ffffff; color-scheme: light dark }
  text { font: 12px ui-monospace, monospace; fill: #1f2328 }
  .title { font-size: 16px; font-weight: bold }
  .grid { stroke: #d0d7de } .row { stroke: #eaeef2 }
  .pinned { fill: none; stroke: #0969da; stroke-width: 2 }
  .file { fill: #bc4c00 } .tools { fill: none; stroke: #6e7781; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117 } text { fill: #e6edf3 }
    .grid { stroke: #30363d } .row { stroke: #21262d }
    .pinned { stroke: #58a6ff } .file { fill: #f0883e } .tools { stroke: #9198a1 }
  }
`

/**
 * How many different kernel addresses each host was given under each strategy, on a logarithmic scale. The same run
 * gives the same bytes; the picture loads nothing from anywhere.
 */
export function runPlot(run: Run): string {
  const most = Math.max(10, ...run.results.flatMap((r) => r.tallies.map((t) => t.distinct_kernel_addresses)))
  const decades = Math.ceil(Math.log10(most))
  const x = (n: number) => round(LEFT + (Math.log10(Math.max(n, 1)) / decades) * WIDTH)
  const height = TOP + run.results.length * ROW + BOTTOM
  const width = LEFT + WIDTH + RIGHT
  const foot = TOP + run.results.length * ROW
  const ticks = Array.from({ length: decades + 1 }, (_, i) => 10 ** i)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">Kernel addresses over ${run.boots} boots a host</title>`,
    `<desc id="desc">${escaped(description(run))}</desc>`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="16" y="28">Different kernel addresses over ${run.boots} boots a host (seed ${run.seed})</text>`,
    ...legend(run),
    ...ticks.flatMap((n) => [
      `<path class="grid" d="M${x(n)} ${TOP - 12}V${foot}"/>`,
      `<text x="${x(n)}" y="${TOP - 18}" text-anchor="middle">${n}</text>`,
    ]),
    ...run.results.flatMap(({ host, tallies }, i) => {
      const y = TOP + i * ROW + ROW / 2
      // The pinned ring is drawn last: it must stay visible where all lie on one place.
      const marks = tallies
        .map((t) => `  ${MARKS[t.strategy].at(x(t.distinct_kernel_addresses), y)}`)
        .reverse()
      return [
        `<g><path class="row" d="M${LEFT} ${y}H${LEFT + WIDTH}"/>`,
        `  <text x="${LEFT - 12}" y="${y + 4}" text-anchor="end">${escaped(host)}</text>`,
        ...marks,
        '</g>',
      ]
    }),
    '</svg>',
    '',
  ].join('\n')
}

function legend(run: Run): string[] {
  const strategies = run.results[0]?.tallies.map((t) => t.strategy) ?? []
  return strategies.map((s, i) => {
    const at = 24 + i * 140
    return `<g>${MARKS[s].at(at, 52)}<text x="${at + 14}" y="56">${MARKS[s].name}</text></g>`
  })
}

function description(run: Run): string {
  const strategies = run.results[0]?.tallies.map((t) => t.strategy) ?? []
  const parts = strategies.map((s) => {
    const counts = run.results.flatMap((r) => r.tallies.filter((t) => t.strategy === s))
    const one = counts.filter((t) => t.distinct_kernel_addresses <= 1).length
    const most = Math.max(0, ...counts.map((t) => t.distinct_kernel_addresses))
    return `${s}: one address on ${one} of ${counts.length} hosts, at most ${most}`
  })
  return `A row a host, a mark a strategy, logarithmic from left to right. ${parts.join('; ')}.`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function round(n: number): number {
  return Math.round(n * 100) / 100
}
