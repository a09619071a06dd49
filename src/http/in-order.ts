/**
 * Works on so many items at once, and hands out what came of them in the order of the items. None is read before there is
 * room for it, so a slow reader holds all of it up.
 *
 * Errors: of `items` and of `work`, in their place; what is under way then ends by itself.
 */
export async function* inOrder<Item, Made>(
  items: AsyncIterable<Item>,
  { atOnce, work }: { readonly atOnce: number; readonly work: (item: Item) => Promise<Made> },
): AsyncGenerator<Made> {
  const underWay: Promise<Made>[] = []
  for await (const item of items) {
    const made = work(item)
    // Whoever has gone asks for it no more.
    made.catch(() => {})
    underWay.push(made)
    const first = underWay.length < atOnce ? undefined : underWay.shift()
    if (first) yield await first
  }
  for (const made of underWay) yield await made
}
