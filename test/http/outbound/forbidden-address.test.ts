import { describe, expect, test } from 'vitest'
import { whyForbidden } from '../../../src/http/outbound/forbidden-address.ts'
import { urlFault } from '../../../src/http/outbound/url-fault.ts'

describe('an address', () => {
  test.each<[why: string, address: string, forbidden: string | null]>([
    ['unspecified', '0.0.0.0', 'unspecified'],
    ['the last of that net', '0.255.255.255', 'unspecified'],
    ['the one after it', '1.0.0.0', null],
    ['before 10/8', '9.255.255.255', null],
    ['first of 10/8', '10.0.0.0', 'private'],
    ['last of 10/8', '10.255.255.255', 'private'],
    ['after 10/8', '11.0.0.0', null],
    ['before carriers', '100.63.255.255', null],
    ['first of carriers', '100.64.0.0', 'shared by a carrier'],
    ["a cloud's metadata among them", '100.100.100.200', 'shared by a carrier'],
    ['last of carriers', '100.127.255.255', 'shared by a carrier'],
    ['after carriers', '100.128.0.0', null],
    ['loopback', '127.0.0.1', 'loopback'],
    ['all of loopback', '127.255.255.255', 'loopback'],
    ['after loopback', '128.0.0.0', null],
    ['metadata of most clouds', '169.254.169.254', 'link-local'],
    ['before link-local', '169.253.255.255', null],
    ['after link-local', '169.255.0.0', null],
    ['before 172.16/12', '172.15.255.255', null],
    ['first of 172.16/12', '172.16.0.0', 'private'],
    ['last of 172.16/12', '172.31.255.255', 'private'],
    ['after 172.16/12', '172.32.0.0', null],
    ['before 192.168/16', '192.167.255.255', null],
    ['in 192.168/16', '192.168.1.1', 'private'],
    ['after 192.168/16', '192.169.0.0', null],
    ['metadata at a public number', '168.63.129.16', "a cloud's metadata"],
    ['its neighbour', '168.63.129.17', null],
    ['before multicast', '223.255.255.255', null],
    ['multicast', '224.0.0.1', 'multicast'],
    ['reserved', '240.0.0.1', 'reserved'],
    ['broadcast', '255.255.255.255', 'reserved'],
    ['unspecified, of six', '::', 'not public'],
    ['loopback, of six', '::1', 'not public'],
    ['loopback, mapped', '::ffff:127.0.0.1', 'not public'],
    ['loopback, mapped, in hex', '::ffff:7f00:1', 'not public'],
    ['translated to four', '64:ff9b::a00:1', 'not public'],
    ['before global unicast', '1fff:ffff::1', 'not public'],
    ['of global unicast', '2606:2800:220:1::1', null],
    ['after global unicast', '4000::1', 'not public'],
    ['Teredo', '2001:0:7f00:1::', 'for protocols'],
    ['for documentation', '2001:db8::1', 'for documentation'],
    ['6to4 of loopback', '2002:7f00:1::', 'for relays'],
    ['unique-local', 'fd00:ec2::254', 'not public'],
    ['link-local, of six', 'fe80::1', 'not public'],
    ['link-local with its link', 'fe80::1%eth0', 'not public'],
    ['multicast, of six', 'ff02::1', 'not public'],
    ['no address at all', 'localhost', 'no address'],
  ])('%s: %s', (_why, address, forbidden) => {
    expect(whyForbidden(address)).toBe(forbidden)
  })
})

describe('a URL', () => {
  const LISTED = ['http://127.0.0.1:9000', 'https://inside.example']

  test.each<[why: string, url: string, fault: RegExp | null]>([
    ['public and https', 'https://hooks.example/a?b=c', null],
    ['public, by its number', 'https://1.1.1.1/', null],
    ['not https', 'http://hooks.example/', /^must be https/],
    ['another scheme', 'file:///etc/passwd', /^must be https/],
    ['credentials in it', 'https://u:p@hooks.example/', /credentials/],
    ['a fragment', 'https://hooks.example/#a', /fragment/],
    ['no URL', 'hooks.example', /must be a URL/],
    ['loopback', 'https://127.0.0.1/', /127\.0\.0\.1 \(loopback\)/],
    ['loopback as one number', 'https://2130706433/', /loopback/],
    ['loopback in hex', 'https://0x7f.1/', /loopback/],
    ['loopback in octal', 'https://0177.0.0.1/', /loopback/],
    ['loopback of six', 'https://[::1]/', /not public/],
    ['loopback, mapped', 'https://[::ffff:127.0.0.1]/', /not public/],
    ['metadata', 'https://169.254.169.254/latest', /link-local/],
    ['listed: plain and inside', 'http://127.0.0.1:9000/hook', null],
    ['another port than the listed', 'http://127.0.0.1:9001/hook', /^must be https/],
    ['listed, yet with credentials', 'https://u@inside.example/', /credentials/],
    ['a name that begins like a listed one', 'http://inside.example.net/', /^must be https/],
  ])('%s', (_why, url, fault) => {
    const found = urlFault(url, LISTED)
    if (fault === null) expect(found).toBeNull()
    else expect(found).toMatch(fault)
  })
})
