/** One page of a list, as the service answers it. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next_cursor: string | null
}

/** All items of a list, page by page: `get` asks for the page at a cursor, undefined for the first. */
export async function* everyItem<T>(
  get: (cursor: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T> {
  let cursor: string | undefined
  do {
    const page = await get(cursor)
    yield* page.items
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
}
