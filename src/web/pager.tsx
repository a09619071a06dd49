/** Leads to the next page of a list, by the same address with another cursor. */
export function Pager({ path, next }: { readonly path: string; readonly next: string | null }) {
  const [bare = '', query = ''] = path.split('?')
  const asked = new URLSearchParams(query)
  const isFirst = !asked.has('cursor')
  if (isFirst && next === null) return null
  const first = new URLSearchParams(asked)
  first.delete('cursor')
  if (next !== null) asked.set('cursor', next)
  return (
    <nav class="pager" aria-label="Pages">
      {!isFirst && <a href={`${bare}?${first}`}>First page</a>}
      {next !== null && (
        <a href={`${bare}?${asked}`} rel="next">
          Next page
        </a>
      )}
    </nav>
  )
}
