/** An address, to be copied; `to` is where it is drawn. */
export function Hex({ of, to }: { readonly of: string; readonly to?: string }) {
  return (
    <span class="hex">
      <code>{to === undefined ? of : <a href={`#${to}`}>{of}</a>}</code>
      <button type="button" class="quiet small" data-copy="previous" aria-label={`Copy ${of}`} hidden>
        Copy
      </button>
    </span>
  )
}

/** The id of the picture's cell of a lane that begins at an address. */
export function cellId(lane: string, start: string): string {
  return `${lane}-${start.replace(/^0x/, '')}`
}
