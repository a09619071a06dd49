/** A time as the API gives it, to the second, and readable; the script shows it in the reader's own zone on demand. */
export function Moment({ at, none = 'never' }: { readonly at: string | null; readonly none?: string }) {
  if (at === null) return <span class="muted">{none}</span>
  return (
    <time dateTime={at} title={at}>
      {at.slice(0, 19).replace('T', ' ')}Z
    </time>
  )
}
