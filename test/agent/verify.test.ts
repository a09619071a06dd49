import { expect, test } from 'vitest'
import { verifyAssignment, type HandedOut } from '../../src/agent/index.ts'
import { signerOf } from '../../src/http/signing/signer.ts'
import { planned } from './planned.ts'
import { newKey, publicKeys, SIGNING_KEYS, signedOf, SIGNER } from './signed.ts'

const { assignment: bare } = await planned('x86_64-seabios-2g')
const GRANT = {
  rollout: 'roll_1',
  fence: 4,
  nonce: 'n',
  issued_at: '2026-03-01T11:00:00.000Z',
  not_after: '2026-03-01T12:00:00.000Z',
  reboot_mode: 'kexec' as const,
  post_boot: true,
}
const SERIAL = 7
const genuine = signedOf({ ...bare, ...GRANT }, { serial: SERIAL })
const other = signerOf([newKey()])

const judged = (assignment: HandedOut, keys: readonly string[] = SIGNING_KEYS, lastSerial = SERIAL - 1) =>
  verifyAssignment(assignment, { host: 'host_1', keys, lastSerial })
/** Signed again with another statement under the same signature. */
const restated = (change: (statement: string) => string): HandedOut => ({
  ...genuine,
  signed: { ...genuine.signed, statement: change(genuine.signed.statement) },
})

test('what the service signed for this host is taken, also after it went over the wire', () => {
  const value = { host: 'host_1', serial: SERIAL, keys: SIGNING_KEYS }
  expect(judged(genuine)).toEqual({ ok: true, value })
  expect(judged(JSON.parse(JSON.stringify(genuine)) as HandedOut)).toEqual({ ok: true, value })
})

const { body } = genuine.plan
test.each<[why: string, changed: HandedOut, says: string]>([
  ['another plan', { ...genuine, plan: { ...genuine.plan, id: 'plan_2' } }, 'plan'],
  ['another digest', { ...genuine, plan: { ...genuine.plan, digest: '0'.repeat(64) } }, 'plan_digest'],
  [
    'another purpose',
    { ...genuine, plan: { ...genuine.plan, body: { ...body, purpose: 'crash' } } } as HandedOut,
    'purpose',
  ],
  [
    'another kernel under the same plan',
    {
      ...genuine,
      boot_entry: { ...genuine.boot_entry, linux: { ...genuine.boot_entry.linux, sha256: '0'.repeat(64) } },
    },
    'boot_entry_digest',
  ],
  ['another grant', { ...genuine, fence: 5 }, 'fence'],
  ['another nonce', { ...genuine, nonce: 'm' }, 'nonce'],
  ['no nonce', { ...genuine, nonce: undefined }, 'nonce'],
  ['a longer window', { ...genuine, not_after: '2027-03-01T12:00:00.000Z' }, 'not_after'],
  ['another time of issue', { ...genuine, issued_at: '2026-03-01T11:30:00.000Z' }, 'issued_at'],
  ['another way to reboot', { ...genuine, reboot_mode: 'cold' }, 'reboot_mode'],
  ['another rollout', { ...genuine, rollout: 'roll_2' }, 'rollout'],
  ['a field that nobody has signed', { ...genuine, more: 1 } as HandedOut, 'more'],
])('%s is refused, and the field is named', (_why, changed, says) => {
  expect(judged(changed)).toEqual({
    ok: false,
    error: { code: 'unverified-plan', detail: `it is not what was signed: ${says}` },
  })
})

test.each<[why: string, changed: HandedOut, says: RegExp]>([
  ['no signature', { ...genuine, signed: undefined }, /not signed/],
  ['a signature by nobody', { ...genuine, signed: { ...genuine.signed, signatures: [] } }, /there is none/],
  ["another service's key", signedOf(bare, { serial: SERIAL, signer: other }), /knows none of the keys/],
  [
    'a foreign signature under the name of the right key',
    {
      ...genuine,
      signed: {
        ...genuine.signed,
        signatures: other
          .sign('application/json', genuine.signed.statement)
          .signatures.map(({ signature }) => ({ key: SIGNER.keys[0]?.id ?? '', signature })),
      },
    },
    /not one of this statement/,
  ],
  ['signed for another purpose', signedOf(bare, { serial: SERIAL, type: 'application/json' }), /not one of/],
  ['another host in the statement', restated((s) => s.replace('host_1', 'host_2')), /not one of/],
  ['a higher serial in the statement', restated((s) => s.replace('"serial":7', '"serial":9')), /not one of/],
  [
    'another key named in the statement',
    restated((s) => s.replace(SIGNING_KEYS[0] ?? '', publicKeys(other)[0] ?? '')),
    /not one of/,
  ],
  ['for another host', signedOf(bare, { serial: SERIAL, host: 'host_2' }), /for host_2, this is host_1/],
  [
    'a signed text that is no assignment',
    { ...bare, signed: SIGNER.sign('application/vnd.berth.assignment+json', '{"host":"host_1"}') },
    /no assignment/,
  ],
])('%s is refused', (_why, changed, says) => {
  expect(judged(changed)).toEqual({
    ok: false,
    error: { code: 'unverified-plan', detail: expect.stringMatching(says) },
  })
})

test.each<[why: string, last: number, ok: boolean]>([
  ['one above the last', SERIAL - 1, true],
  ['the first of a host', 0, true],
  ['the same one again', SERIAL, false],
  ['one from before', SERIAL + 1, false],
])('a serial that is %s', (_why, last, ok) => {
  const found = judged(genuine, SIGNING_KEYS, last)
  expect(found.ok).toBe(ok)
  if (!found.ok) expect(found.error.code).toBe('replayed-plan')
})

test('of several keys one that is known is enough; what it vouches for is all of them', () => {
  const [old, since] = [newKey(), newKey()]
  const both = signerOf([since, old])
  const signed = signedOf(bare, { serial: SERIAL, signer: both })
  for (const known of [old, since]) {
    expect(judged(signed, publicKeys(signerOf([known])))).toEqual({
      ok: true,
      value: { host: 'host_1', serial: SERIAL, keys: publicKeys(both) },
    })
  }
})
