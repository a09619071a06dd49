/** SVG by the API, to be taken into a page: the page's own sheet colours it. */
export const AS_SVG = { headers: { accept: 'image/svg+xml' }, parseAs: 'text' } as const

/** What was asked for without a form is JSON; to the client's types it might be any of its forms. */
export function asJson<T>(data: T | undefined): Exclude<T, string> {
  return data as Exclude<T, string>
}
