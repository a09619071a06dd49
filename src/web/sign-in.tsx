import { page, type Visit } from './page.tsx'

export interface SignIn {
  /** Where to go afterwards: a path of this service. */
  readonly next: string
  /** Why the last try did not do. */
  readonly refused: string | null
}

/** The one page that needs no key. */
export function signInPage(visit: Visit, { next, refused }: SignIn): string {
  return page(visit, {
    title: 'Sign in',
    children: (
      <section class="narrow">
        <h1>Sign in</h1>
        <p>
          With an API key. The browser keeps a session that ends after twelve hours, never the key itself.
        </p>
        {refused !== null && (
          <p class="notice bad" role="alert">
            {refused}
          </p>
        )}
        <form method="post" action="/sign-in">
          <input type="hidden" name="_csrf" value={visit.csrf} />
          <input type="hidden" name="next" value={next} />
          <label>
            Key
            <input
              name="key"
              type="password"
              required
              autoComplete="current-password"
              spellcheck={false}
              placeholder="berth_viewer_…"
            />
          </label>
          <button>Sign in</button>
        </form>
        <p class="muted">
          A key comes from <code>berth key create --role viewer --name you</code>; the service prints its
          first one at its first start.
        </p>
      </section>
    ),
  })
}
