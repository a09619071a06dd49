import type { ComponentChildren } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { AsCurl, type Call } from './as-curl.tsx'

/** What every page knows of the visit: who looks, at what, and which calls its facts come from. */
export interface Visit {
  /** Null before sign-in. */
  readonly who: Who | null
  /** Path and query of this page. */
  readonly path: string
  /** What every form of this visit carries. */
  readonly csrf: string
  /** The newest event that what is read from now on knows of; null where nobody follows any. */
  readonly seen: string | null
  /** The reads that this page was made from. */
  readonly calls: readonly Call[]
  /** Base URL of the service as the browser sees it. */
  readonly origin: string
}

export interface Who {
  readonly name: string
  readonly role: 'viewer' | 'operator' | 'admin'
}

interface Shown {
  readonly title: string
  /** The page is read again when one of these events comes: the query of `/v1/events`. */
  readonly live?: string
  /** It shows pictures of memory: their colours are a sheet of their own. */
  readonly pictures?: boolean
  readonly children: ComponentChildren
}

/** The places of the top line, and the paths that belong to each. */
const PLACES = [
  ['/hosts', 'Hosts'],
  ['/rollouts', 'Rollouts'],
  ['/leases', 'Leases'],
  ['/what-if', 'What if'],
  ['/audit', 'Audit'],
] as const

/** A whole page as text. Everything in it is escaped by the renderer, but for pictures, which escape by themselves. */
export function page(visit: Visit, { title, live, pictures = false, children }: Shown): string {
  const { who, path, calls, origin } = visit
  const html = renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Berth`}</title>
        <link rel="icon" href="/assets/berth.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/berth.css" />
        {pictures && <link rel="stylesheet" href="/assets/picture.css" />}
        <script src="/assets/berth.js" type="module" />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="top">
          <a class="brand" href="/">
            <img src="/assets/berth.svg" alt="" width="24" height="24" /> Berth
          </a>
          {who && <Places path={path} who={who} />}
          {who && <SignedIn who={who} csrf={visit.csrf} />}
        </header>
        <main id="main" data-live={live === undefined ? undefined : followedFrom(live, visit.seen)}>
          {children}
        </main>
        <footer>
          <AsCurl calls={calls} origin={origin} />
        </footer>
      </body>
    </html>,
  )
  return `<!doctype html>\n${html}\n`
}

/** Nothing that happens between the reading and the listening is lost. */
function followedFrom(live: string, seen: string | null): string {
  return seen === null ? live : `${live}${live.includes('?') ? '&' : '?'}after=${seen}`
}

function Places({ path, who }: { readonly path: string; readonly who: Who }) {
  return (
    <nav aria-label="Places">
      {PLACES.filter(([to]) => to !== '/audit' || who.role === 'admin').map(([to, name]) => (
        <a key={to} href={to} aria-current={isBelow(path, to) ? 'page' : undefined}>
          {name}
        </a>
      ))}
      <a href="/docs">API</a>
    </nav>
  )
}

function SignedIn({ who, csrf }: { readonly who: Who; readonly csrf: string }) {
  return (
    <form class="who" method="post" action="/sign-out">
      <input type="hidden" name="_csrf" value={csrf} />
      <span>
        {who.name} <small>{who.role}</small>
      </span>
      <button class="quiet">Sign out</button>
    </form>
  )
}

/** Whether to offer what changes something; the service decides by itself all the same. */
export function mayOperate({ who }: Visit): boolean {
  return who !== null && who.role !== 'viewer'
}

function isBelow(path: string, place: string): boolean {
  const [bare] = path.split('?')
  return bare === place || bare?.startsWith(`${place}/`) === true
}
