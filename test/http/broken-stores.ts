import type { Store } from '../../src/store/open-store.ts'

/** A store of which only logging in still works. */
export function failing(store: Store, hostsFail: () => boolean): Store {
  const fail = () => Promise.reject(new Error('broken'))
  const broken = (rows: object) => Object.fromEntries(Object.keys(rows).map((name) => [name, fail]))
  const nouns = Object.fromEntries(
    Object.entries(store).map(([name, rows]) => [
      name,
      typeof rows === 'function' ? fail : broken(rows as object),
    ]),
  )
  const hosts = {
    ...nouns['hosts'],
    credential: (id: string) => (hostsFail() ? fail() : store.hosts.credential(id)),
  }
  const keys = { ...nouns['keys'], get: store.keys.get, used: store.keys.used }
  return { ...nouns, hosts, keys, onForeignWrite: store.onForeignWrite } as unknown as Store
}

/** Holds back every write until it is opened. */
export function gated() {
  let open = () => {}
  let held: Promise<void> | null = null
  let entered = () => {}
  return {
    around: (store: Store): Store => ({
      ...store,
      write: async (work, told) => {
        entered()
        await held
        return store.write(work, told)
      },
    }),
    hold: () => {
      held = new Promise((resolve) => (open = resolve))
      return new Promise<void>((resolve) => (entered = resolve))
    },
    open: () => {
      held = null
      open()
    },
  }
}
