import type { ComponentChildren } from 'preact'

interface Shape {
  /** What the rows are, for who does not see them. */
  readonly label: string
  readonly titles: readonly string[]
  /** What stands there when there are no rows. */
  readonly none: string
  /** Each a `tr`. */
  readonly children: readonly ComponentChildren[]
}

/** A table that scrolls by itself where the page is narrow. */
export function Table({ label, titles, none, children }: Shape) {
  if (children.length === 0) return <p class="muted">{none}</p>
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {titles.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}
