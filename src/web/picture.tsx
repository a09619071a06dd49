/** SVG that we drew ourselves: its texts are escaped where it is made. It takes its colours from the page's styles. */
export function Picture({ svg, label }: { readonly svg: string; readonly label: string }) {
  return (
    <div
      class="scroll picture"
      tabIndex={0}
      role="region"
      aria-label={label}
      dangerouslySetInnerHTML={{ __html: svg }}
    />
  )
}

export type Scale = 'ordinal' | 'linear'

const SCALES = [
  ['ordinal', 'Everything visible'],
  ['linear', 'True proportion'],
] as const

/** Leads to the same page on the other scale. */
export function ScaleLinks({ path, scale }: { readonly path: string; readonly scale: Scale }) {
  return (
    <nav class="toggle" aria-label="Scale of the picture">
      {SCALES.map(([name, words]) => (
        <a key={name} href={onScale(path, name)} aria-current={name === scale ? 'true' : undefined}>
          {words}
        </a>
      ))}
    </nav>
  )
}

function onScale(path: string, scale: Scale): string {
  const [bare = '', query = ''] = path.split('?')
  const asked = new URLSearchParams(query)
  asked.set('scale', scale)
  return `${bare}?${asked}`
}
