import { expect, test } from 'vitest'
import { selectHosts } from '../../../src/http/hosts/select-hosts.ts'
import type { Rows } from '../../../src/store/open-store.ts'
import type { Host, HostSelector } from '../../../src/store/hosts.ts'
import type { PageOf } from '../../../src/store/db.ts'

/** Pages that are there at once, without any turn of the event loop. */
function pagesOf(pages: readonly (readonly string[])[]) {
  const asked: { page: PageOf; selector: HostSelector }[] = []
  const select = async (page: PageOf, selector: HostSelector) => {
    asked.push({ page, selector })
    const at = asked.length - 1
    const hosts = (pages[at] ?? []).map((id) => ({ id }) as Host)
    return { hosts, next: at + 1 < pages.length ? `after ${at}` : null }
  }
  return { asked, rows: { hosts: { select } } as unknown as Rows }
}

test('goes on where each page says, over pages without a host too', async () => {
  const { rows, asked } = pagesOf([['a', 'b'], [], ['c']])
  const ids: string[] = []
  for await (const { id } of selectHosts(rows, { group: 'web', hardware_model: 'm' })) ids.push(id)
  expect(ids).toEqual(['a', 'b', 'c'])
  expect(asked.map(({ page }) => page.after)).toEqual([null, 'after 0', 'after 1'])
  expect(asked[0]?.selector).toEqual({ group: 'web', hardwareModel: 'm' })
})

test('lets everybody else have a turn between two hosts', async () => {
  const { rows } = pagesOf([['a', 'b', 'c']])
  let turns = 0
  const turn = () => {
    turns++
    waiting = setImmediate(turn)
  }
  let waiting = setImmediate(turn)
  const seen: number[] = []
  for await (const _host of selectHosts(rows, {})) seen.push(turns)
  clearImmediate(waiting)
  expect(seen[1]).toBeGreaterThan(seen[0] ?? 0)
  expect(seen[2]).toBeGreaterThan(seen[1] ?? 0)
})

test('reads no further page once nobody asks for more', async () => {
  const { rows, asked } = pagesOf([['a', 'b'], ['c']])
  for await (const { id } of selectHosts(rows, {})) if (id === 'b') break
  expect(asked).toHaveLength(1)
})
