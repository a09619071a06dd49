import dns from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, fetch } from 'undici'
import { whyForbidden } from './forbidden-address.ts'
import { isListed } from './listed-origin.ts'
import { urlFault } from './url-fault.ts'

export interface GuardedFetch {
  readonly fetch: typeof globalThis.fetch
  /** Breaks every connection. */
  close(): Promise<void>
}

/**
 * A fetch for URLs that others have given: it connects to public addresses over TLS, and to listed origins.
 *
 * A name is resolved once, and what it resolved to is both judged and connected to: a name that leads elsewhere the next
 * time is judged the next time. One address that is not public among several is enough to refuse. Redirects are
 * for the caller to refuse.
 *
 * Errors: rejects with what is wrong with the URL, or with the address.
 */
export function guardedFetch(
  origins: readonly string[],
  resolve: LookupFunction = dns.lookup as LookupFunction,
): GuardedFetch {
  const guarded = new Agent({ connect: { lookup: guardedLookup(resolve) } })
  const open = new Agent()
  const ask = async (url: string, init?: RequestInit): Promise<unknown> => {
    const fault = urlFault(url, origins)
    if (fault) throw new Error(`the URL ${fault}`)
    const dispatcher = isListed(origins, url) ? open : guarded
    return fetch(url, { ...(init as object), dispatcher })
  }
  return {
    fetch: ask as typeof globalThis.fetch,
    close: async () => {
      await Promise.all([guarded.destroy(), open.destroy()])
    },
  }
}

/** Looks a name up, and refuses it where any of its addresses is not public. */
export function guardedLookup(resolve: LookupFunction): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error) return done(error, [])
      const all = found as dns.LookupAddress[]
      const bad = all.find(({ address }) => whyForbidden(address) !== null)
      const [first] = all
      if (bad || !first) {
        const why = bad ? `${bad.address} (${whyForbidden(bad.address)})` : 'nowhere'
        return done(new Error(`${hostname} leads to ${why}`), [])
      }
      if (options.all) done(null, all)
      else done(null, first.address, first.family)
    })
  }
}
