import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Where nothing public is. */
const IPV4: readonly (readonly [why: string, net: string, prefix: number])[] = [
  ['unspecified', '0.0.0.0', 8],
  ['private', '10.0.0.0', 8],
  ['shared by a carrier', '100.64.0.0', 10],
  ['loopback', '127.0.0.0', 8],
  ['link-local', '169.254.0.0', 16],
  ['private', '172.16.0.0', 12],
  ['for protocols', '192.0.0.0', 24],
  ['for documentation', '192.0.2.0', 24],
  ['for relays', '192.88.99.0', 24],
  ['private', '192.168.0.0', 16],
  ['for benchmarks', '198.18.0.0', 15],
  ['for documentation', '198.51.100.0', 24],
  ['for documentation', '203.0.113.0', 24],
  ['multicast', '224.0.0.0', 4],
  ['reserved', '240.0.0.0', 4],
  // Public by its number, yet answered by the machine's own host.
  ["a cloud's metadata", '168.63.129.16', 32],
]

/** Of the rest only 2000::/3 is public: loopback, mapped, translated, unique-local, link-local and multicast lie outside. */
const IPV6: typeof IPV4 = [
  ['for protocols', '2001::', 23],
  ['for documentation', '2001:db8::', 32],
  ['for relays', '2002::', 16],
  ['for documentation', '3fff::', 20],
]

const LISTS = [...listed(IPV4, 'ipv4'), ...listed(IPV6, 'ipv6')]
const PUBLIC_IPV6 = new BlockList()
PUBLIC_IPV6.addSubnet('2000::', 3, 'ipv6')

/**
 * Why nobody who is not an operator may make the service connect to an address; null where he may.
 *
 * Source: the special-purpose address registries of IANA (RFC 6890), and what clouds answer metadata at.
 */
export function whyForbidden(address: string): string | null {
  // A zone says by which link; the address is the same.
  const [bare = ''] = address.split('%')
  const kind = isIPv4(bare) ? 'ipv4' : isIPv6(bare) ? 'ipv6' : null
  if (kind === null) return 'no address'
  if (kind === 'ipv6' && !PUBLIC_IPV6.check(bare, kind)) return 'not public'
  return LISTS.find((one) => one.kind === kind && one.list.check(bare, kind))?.why ?? null
}

function listed(nets: typeof IPV4, kind: 'ipv4' | 'ipv6') {
  return nets.map(([why, net, prefix]) => {
    const list = new BlockList()
    list.addSubnet(net, prefix, kind)
    return { why, kind, list }
  })
}
