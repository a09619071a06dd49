import type { PolicyTrialHost, PolicyTrialSummary } from '../wire/policy-trial.ts'
import type { Schemas } from '../client/index.ts'
import { inputErrorLine } from './input-error.ts'
import { EXIT, type ExitCode } from './io.ts'
import { readJsonFile } from './json-file.ts'
import { counted } from './progress.ts'
import { overApi, RemoteFailed, type Asked } from './remote.ts'
import { selectorOf, type WhatIfOptions } from './what-if.ts'
import { changeText } from './what-if-text.ts'

type Summary = PolicyTrialSummary['summary']
type Boot = PolicyTrialHost['boots'][number]

type TryOptions = Pick<
  WhatIfOptions,
  'server' | 'key' | 'keyFile' | 'output' | 'group' | 'host' | 'arch' | 'purpose'
> & {
  readonly file: string
  readonly bootEntry: string
  readonly boots?: number
}

/**
 * `berth policy try FILE`: a line for each host, the boots in which the rules make a difference, and a summary.
 *
 * Leaves with 3 where more boots would have been refused, and with 1 where the answer is not whole.
 */
export function policyTryCommand(asked: Asked<TryOptions>): Promise<ExitCode> {
  const { options, io } = asked
  return overApi('policy try', asked, async (remote) => {
    const rules = readJsonFile(options.file)
    if (!rules.ok) throw new RemoteFailed(inputErrorLine(rules.error))
    const { bootEntry: boot_entry, boots, purpose } = options
    const selector = await selectorOf(remote, options)
    const request = {
      // The service says what is wrong with them.
      rules: rules.value as Schemas['PolicyRules'],
      selector,
      boot_entry,
      ...(boots !== undefined && { boots }),
      ...(purpose && { purpose }),
    }
    let summary: Summary | null = null
    for await (const line of counted(remote.stream('/v1/policy-trials', request), io)) {
      if ('summary' in line) summary = line.summary
      remote.show(line, () => ('summary' in line ? `\n${summaryText(line.summary)}` : hostText(line)))
    }
    if (!summary) throw new RemoteFailed('the answer broke off before its summary: it is not whole')
    if (summary.errors > 0 || summary.not_selected.length > 0) return EXIT.failed
    return summary.trial.refused > summary.in_force.refused ? EXIT.noHole : EXIT.ok
  })
}

/** As wide as the longest verdict: lines come one by one, and cannot wait for the widest. */
const VERDICT_WIDTH = 'no-snapshot'.length

function hostText({ verdict, hostname, host, boots, absent, error }: PolicyTrialHost): string {
  const why = error
    ? `${error.detail} (${error.code})`
    : [`${boots.length} boots`, ...(absent > 0 ? [`${absent} snapshots are no longer kept`] : [])].join('; ')
  const differing = boots.filter((b) => JSON.stringify(b.in_force) !== JSON.stringify(b.trial))
  return [
    `${verdict.padEnd(VERDICT_WIDTH)}  ${hostname} (${host})  ${why}`,
    ...differing.flatMap(bootLines),
    '',
  ].join('\n')
}

function bootLines({ boot_id, at, in_force, trial }: Boot): string[] {
  return [
    `  boot ${boot_id}, ${at}`,
    `    in force  ${in_force.verdict}${wordsOf(in_force)}`,
    `    trial     ${trial.verdict}${wordsOf(trial)}`,
  ]
}

function wordsOf(tried: Boot['trial']): string {
  const words = changeText(tried)
  return words === null ? '' : `: ${words}`
}

function summaryText(summary: Summary): string {
  const { hosts, differ, boots, absent, in_force, trial, not_selected } = summary
  const counts = ({ kept, placed, moved, refused }: Summary['trial']) =>
    `kept ${kept}, placed ${placed}, moved ${moved}; boots refused ${refused}`
  const lines = [
    `${hosts} hosts, ${boots} boots: it makes a difference for ${differ} of the hosts`,
    `in force  ${counts(in_force)}`,
    `trial     ${counts(trial)}`,
    ...(absent > 0 ? [`${absent} snapshots are no longer kept, and could not be asked`] : []),
    ...(not_selected.length > 0 ? [`not among the hosts: ${not_selected.join(', ')}`] : []),
  ]
  return lines.map((line) => `${line}\n`).join('')
}
