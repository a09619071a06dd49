import type { Event } from '../../../src/wire/event.ts'

/** Somebody who follows events. */
export interface EventReader {
  readonly status: number
  readonly headers: Headers
  /** The next event, comments and ids without data left out; null at the end. */
  next(): Promise<Event | null>
  /** Everything that came, as it came. */
  readonly text: () => string
  /** The last id, as a browser would come again with it. */
  readonly last: () => string
  leave(): void
}

/** Opens a stream of events; `headers` carry who asks, and where to go on. */
export async function follow(
  base: string,
  query: string,
  headers: Record<string, string>,
): Promise<EventReader> {
  const gone = new AbortController()
  const answer = await fetch(`${base}/v1/events${query}`, { headers, signal: gone.signal })
  const body = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  let rest = ''
  let last = ''
  const ready: Event[] = []
  const take = (chunk: string) => {
    text += chunk
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      last = /^id: (.*)$/m.exec(block)?.[1] ?? last
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (data !== undefined) ready.push(JSON.parse(data) as Event)
    }
  }
  return {
    status: answer.status,
    headers: answer.headers,
    next: async () => {
      while (ready.length === 0) {
        const { done, value } = (await body?.read()) ?? { done: true, value: undefined }
        if (done) return null
        take(value)
      }
      return ready.shift() ?? null
    },
    text: () => text,
    last: () => last,
    leave: () => gone.abort(),
  }
}
