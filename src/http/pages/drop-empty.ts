/** A form sends its empty fields too; none of them was asked for. */
export async function dropEmpty(request: { query: unknown }): Promise<void> {
  const kept = Object.entries(request.query as Record<string, string>).filter(([, value]) => value !== '')
  request.query = Object.fromEntries(kept)
}
