interface Step {
  readonly to: string
  readonly name: string
}

/** The way back from a page that lies below others. */
export function Crumbs({ steps }: { readonly steps: readonly Step[] }) {
  return (
    <nav class="crumbs" aria-label="Above this page">
      {steps.map(({ to, name }, i) => (
        <span key={to}>
          {i > 0 && ' / '}
          <a href={to}>{name}</a>
        </span>
      ))}
    </nav>
  )
}
