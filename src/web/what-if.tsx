import type { BootEntry } from '../wire/boot-entry.ts'
import type { HoleHost, WhatIfHost, WhatIfSummary } from '../wire/what-if.ts'
import { bytesText } from './bytes.tsx'
import { page, type Visit } from './page.tsx'
import { WhatIfForms } from './what-if-forms.tsx'
import { HoleTable, ImageTable } from './what-if-table.tsx'

export interface WhatIfShown {
  /** The form as it was sent. */
  readonly asked: Readonly<Record<string, string | undefined>>
  readonly entries: readonly Pick<BootEntry, 'id' | 'title' | 'version' | 'architecture'>[]
  /** Null before anything was asked. */
  readonly answer: WhatIfAnswer | null
  /** Why it was not answered. */
  readonly refused: readonly string[]
}

export interface WhatIfAnswer {
  /** The worst first. */
  readonly hosts: readonly (WhatIfHost | HoleHost)[]
  /** Hosts that are not among those. */
  readonly left: number
  readonly summary: WhatIfSummary['summary']
}

/** Which hosts would take an image that is not there yet; nothing is stored by asking. */
export function whatIfPage(visit: Visit, { asked, entries, answer, refused }: WhatIfShown): string {
  return page(visit, {
    title: 'What if',
    children: (
      <>
        <h1>What if?</h1>
        <p>
          Asks every host by its newest snapshot: would it take this kernel, and if not, why and by how many
          bytes. Nothing is stored and nobody is told.
        </p>
        <WhatIfForms asked={asked} entries={entries} />
        {refused.length > 0 && (
          <div class="notice bad" role="alert">
            {refused.map((why) => (
              <p key={why}>{why}</p>
            ))}
          </div>
        )}
        {answer && <Answer answer={answer} />}
      </>
    ),
  })
}

function Answer({ answer }: { readonly answer: WhatIfAnswer }) {
  const { hosts, left, summary } = answer
  const { worst } = summary
  return (
    <section aria-labelledby="answer">
      <h2 id="answer">The answer</h2>
      <ul class="counts">
        {countsOf(summary)
          .filter(([, n]) => n > 0)
          .map(([words, n]) => (
            <li key={words}>
              <span class="count">
                <b>{n}</b> {words}
              </span>
            </li>
          ))}
      </ul>
      {worst && (
        <p>
          The most is missing on <a href={`/hosts/${worst.host}`}>{worst.hostname}</a>:{' '}
          {bytesText(worst.short_by)}.
        </p>
      )}
      {'assumptions' in summary &&
        summary.assumptions.map(({ code, detail }) => (
          <p key={code} class="muted">
            Taken for granted: {detail}.
          </p>
        ))}
      {'has' in summary ? (
        <HoleTable hosts={hosts as readonly HoleHost[]} />
      ) : (
        <ImageTable hosts={hosts as readonly WhatIfHost[]} />
      )}
      {left > 0 && (
        <p>
          {left} more hosts are not shown; the command below has all of them, and so has{' '}
          <code>berth what-if</code>.
        </p>
      )}
    </section>
  )
}

function countsOf(summary: WhatIfSummary['summary']): [words: string, hosts: number][] {
  const { hosts, no_snapshot, errors } = summary
  const rest: [string, number][] = [
    ['without a snapshot', no_snapshot],
    ['not computed', errors],
    ['hosts asked', hosts],
  ]
  if ('has' in summary) return [['have not', summary.has_not], ['have it', summary.has], ...rest]
  const { refuses, moves, fits, places, other_arch } = summary
  return [
    ['refuse', refuses],
    ['would move pins', moves],
    ['fit: every pin holds', fits],
    ['place it anew', places],
    ['are of another architecture', other_arch],
    ...rest,
  ]
}
