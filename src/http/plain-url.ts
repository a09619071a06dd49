/** What a bearer of any kind looks like, in whatever it is written. */
const BEARER = /berth_[a-z]+_[0-9a-z]+_[0-9A-Za-z]+/gi

/** The part of a FleetLock path that is a secret, whatever somebody put there. */
const BASE_URL = /(\/fleetlock\/+)[^/?#]+/gi

/**
 * A request's URL as the log may have it: FleetLock carries its secret in the path.
 *
 * Decoded first, as the router does it: a secret is one however it is written. Of what can't be decoded nothing is told.
 */
export function plainUrl(url: string): string {
  try {
    return decodeURIComponent(url).replace(BEARER, '[redacted]').replace(BASE_URL, '$1[redacted]')
  } catch {
    return '[unreadable]'
  }
}
