import { PROBLEM_CODES, type ProblemCode } from '../wire/problem-code.ts'
import { Crumbs } from './crumbs.tsx'
import { page, type Visit } from './page.tsx'
import { PROBLEM_TEXTS } from './problem-texts.ts'
import { Table } from './table.tsx'

/** Every problem that the API may answer with. */
export function problemsPage(visit: Visit, statusOf: (code: ProblemCode) => number): string {
  return page(visit, {
    title: 'Problems',
    children: (
      <>
        <h1>Problems</h1>
        <p>
          What is not an answer is a problem (RFC 9457): its <code>type</code> leads to one of these pages,
          its <code>code</code> is one of these words.
        </p>
        <Table label="Problems" titles={['Code', 'Status', 'What it means']} none="">
          {PROBLEM_CODES.map((code) => (
            <tr key={code}>
              <th scope="row" class="nowrap">
                <a href={`/problems/${code}`}>{code}</a>
              </th>
              <td>{statusOf(code)}</td>
              <td>
                <Words of={PROBLEM_TEXTS[code].means} />
              </td>
            </tr>
          ))}
        </Table>
      </>
    ),
  })
}

/** One of them: what it means, and what to do. */
export function problemPage(visit: Visit, { code, status }: { code: ProblemCode; status: number }): string {
  const { means, todo } = PROBLEM_TEXTS[code]
  return page(visit, {
    title: code,
    children: (
      <section class="narrow">
        <Crumbs steps={[{ to: '/problems', name: 'Problems' }]} />
        <h1>{code}</h1>
        <p class="muted">Status {status}</p>
        <h2>What it means</h2>
        <p>
          <Words of={means} />
        </p>
        <h2>What to do</h2>
        <p>
          <Words of={todo} />
        </p>
      </section>
    ),
  })
}

/** A sentence; what stands between backquotes is what a machine reads. */
function Words({ of }: { readonly of: string }) {
  return <>{of.split('`').map((part, i) => (i % 2 === 0 ? part : <code key={i}>{part}</code>))}</>
}
