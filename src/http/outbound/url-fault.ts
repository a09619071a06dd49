import { isIP } from 'node:net'
import { whyForbidden } from './forbidden-address.ts'
import { isListed } from './listed-origin.ts'

/**
 * What is wrong with a URL that the service is to send to; null where nothing is.
 *
 * Origins that operators have listed may be plain HTTP and lie inside. What a name leads to is looked at when it is connected to.
 */
export function urlFault(url: string, origins: readonly string[]): string | null {
  if (!URL.canParse(url)) return 'must be a URL'
  const { protocol, username, password, hostname, hash } = new URL(url)
  if (username || password) return 'must hold no credentials'
  if (hash) return 'must have no fragment'
  if (isListed(origins, url)) return null
  if (protocol !== 'https:') return 'must be https, or of an origin in BERTH_WEBHOOK_ORIGINS'
  const address = addressIn(hostname)
  const why = address === null ? null : whyForbidden(address)
  return why && `must not lead to ${address} (${why}), but for an origin in BERTH_WEBHOOK_ORIGINS`
}

function addressIn(hostname: string): string | null {
  const bare = hostname.replace(/^\[|\]$/g, '')
  return isIP(bare) === 0 ? null : bare
}
