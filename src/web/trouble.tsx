import type { Problem } from '../wire/problem.ts'
import { page, type Visit } from './page.tsx'

/** What the service refused, in its own words. */
export function troublePage(
  visit: Visit,
  { problem }: { readonly problem: Pick<Problem, 'status' | 'title' | 'detail'> & Partial<Problem> },
): string {
  return page(visit, {
    title: problem.title,
    children: (
      <section class="narrow">
        <h1>
          {problem.status} {problem.title}
        </h1>
        <p>{problem.detail}</p>
        {problem.errors && (
          <ul>
            {problem.errors.map((error) => (
              <li key={error.pointer}>
                <code>{error.pointer}</code> {error.detail}
              </li>
            ))}
          </ul>
        )}
        {problem.code && (
          <p>
            <a href={`/problems/${problem.code}`}>What this means</a>
          </p>
        )}
        <p>
          <a href="/">Back to the hosts</a>
        </p>
      </section>
    ),
  })
}
