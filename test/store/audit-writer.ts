import { newId } from '../../src/store/new-id.ts'
import { openStore } from '../../src/store/open-store.ts'
import { outageOf } from '../../src/store/outage.ts'

/** A process of its own that appends to the audit of a database, some at once, as fast as it may. */
const [url = '', name = '', count = ''] = process.argv.slice(2)
const AT_ONCE = 4

const store = await openStore(url)
let left = Number(count)

async function append(): Promise<void> {
  while (left > 0) {
    const target = `${name}-${left--}`
    await kept(target)
  }
}

/** On a busy machine it may be kept waiting for too long, and is told to come again. */
async function kept(target: string): Promise<void> {
  for (;;) {
    const at = new Date()
    const said = { actor: name, action: 'test', target, detail: { pid: process.pid }, requestId: '' }
    try {
      await store.audit.append({ id: newId('aud', at), at, ...said })
      return
    } catch (error) {
      if (outageOf(error)?.kind !== 'held') throw error
    }
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, append))
await store.close()
