import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { pemOf } from '../../src/cli/signing-key-file.ts'
import { signerOf } from '../../src/http/signing/signer.ts'
import type { AuditEntry, AuditHead } from '../../src/wire/audit.ts'
import { startApi, type Api } from '../http/api.ts'
import { createKey } from '../http/fixtures.ts'
import { tamper } from '../store/raw-sql.ts'
import { berth, type Ran } from './remote-berth.ts'
import { scratchFolder } from './scratch.ts'

const OURS = signerOf([generateKeyPairSync('ed25519').privateKey])
const THEIRS = signerOf([generateKeyPairSync('ed25519').privateKey])

/** A service with so many entries, which somebody may change. */
async function serviceOf(entries: number): Promise<Api> {
  const api = await startApi({ signer: OURS })
  onTestFinished(() => api.close({ isTampered: true }))
  // The first key is the first entry.
  for (let i = 1; i < entries; i++) await createKey(api, 'viewer')
  return api
}

const verify = (api: Api, ...argv: string[]) => berth(api, ['audit', 'verify', ...argv])
const sentencesOf = ({ stdout }: Ran): string[] => {
  const { faults } = JSON.parse(stdout) as { faults: { sentence: string }[] }
  return faults.map(({ sentence }) => sentence)
}

function written(name: string, text: string): string {
  const file = join(scratchFolder(), name)
  writeFileSync(file, text)
  return file
}

describe('an audit as it was written', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi({ signer: OURS })
    // More than one page of the API.
    await api.store.write(async ({ audit }) => {
      for (let i = 0; i < 600; i++) {
        const said = { actor: 'test', action: 'test', target: 't', detail: { i }, requestId: '' }
        await audit.append({ id: `aud_${i}`, at: api.clock.now, ...said })
      }
    })
  })
  afterAll(() => api.close())

  test('is whole over the API, in the database, and in a file', async () => {
    const head = await api.store.audit.last()
    const text = `entries 1 to 601, 601 in all: each is as it was written\nhead: entry 601, hash ${head?.hash}\n`
    const { stdout } = await berth(api, ['audit', 'export'])
    const file = written('audit.ndjson', stdout)
    for (const where of [[], ['--database', api.databaseUrl], ['--file', file]])
      expect(await verify(api, ...where)).toEqual({ code: 0, stdout: text, stderr: '' })
    expect((await berth(api, ['audit', 'export', '--database', api.databaseUrl])).stdout).toBe(stdout)
  })

  test('is told as JSON', async () => {
    const { stdout } = await verify(api, '--output', 'json')
    const head = { seq: 601, hash: (await api.store.audit.last())?.hash }
    expect(JSON.parse(stdout)).toEqual({
      ...{ whole: true, entries: 601, first: 1, head, checkpoints: [], faults: [], fault_count: 0 },
    })
  })

  test('is exported in parts, and read from any entry on', async () => {
    const { stdout } = await berth(api, ['audit', 'export', '--since', '595'])
    const entries = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditEntry)
    expect(entries.map(({ seq }) => seq)).toEqual([595, 596, 597, 598, 599, 600, 601])
    for (const where of [[], ['--database', api.databaseUrl], ['--file', written('part.ndjson', stdout)]]) {
      const { code, stdout: told } = await verify(api, '--since', '597', ...where)
      expect([code, told.split('\n')[0]]).toEqual([
        0,
        'entries 597 to 601, 5 in all: each is as it was written',
      ])
    }
    const { code, stdout: told } = await verify(api, '--file', written('part.ndjson', stdout))
    expect([code, told.split('\n')[0]]).toEqual([
      4,
      'entries 1 to 594 were removed: the audit begins with entry 595',
    ])
  })

  test('is listed with its numbers', async () => {
    const { stdout } = await berth(api, ['audit', '--since', '600'])
    expect(
      stdout
        .split('\n')
        .slice(1, 3)
        .map((line) => line.split(/ {2,}/)[0]),
    ).toEqual(['600', '601'])
  })

  test.each<[why: string, argv: () => string[], code: number, stderr: RegExp]>([
    ['two audits', () => ['--file', 'a', '--database', 'file:b'], 2, /two audits/],
    ['a file that is not there', () => ['--file', '/nowhere/audit'], 1, /ENOENT.*\/nowhere\/audit/],
    [
      'a database that is not there',
      () => ['--database', 'file:/nowhere/berth.db'],
      1,
      /no file \/nowhere\/berth\.db/,
    ],
    [
      'a file that is no database',
      () => ['--database', `file:${written('x.db', 'x'.repeat(5000))}`],
      1,
      /not a database/,
    ],
    ['no number', () => ['--since', '0'], 2, /from 1 on/],
    ['a checkpoint that is not there', () => ['--checkpoint', '/nowhere/c'], 1, /--checkpoint: ENOENT/],
    ['an empty file of checkpoints', () => ['--checkpoint', written('c', '\n')], 1, /c holds none/],
    ['what is no checkpoint', () => ['--checkpoint', written('c', '{}\n{}\n')], 1, /c:1 is no checkpoint/],
  ])('%s is refused in a sentence', async (_why, argv, code, stderr) => {
    const ran = await verify(api, ...argv())
    expect([ran.code, ran.stdout]).toEqual([code, ''])
    expect(ran.stderr).toMatch(stderr)
  })
})

describe('an audit that somebody has changed in the database', () => {
  const columns = '"id", "at", "actor", "action", "target", "detail", "requestId", "seq", "prevHash", "hash"'
  const copyOf = (seq: number, values: string) =>
    `INSERT INTO "AuditEntry" (${columns}) SELECT ${values} FROM "AuditEntry" WHERE "seq" = ${seq}`
  const changed = 'its hash is not the hash of what it says'

  test.each<[why: string, sql: string, sentences: (ids: readonly string[]) => string[]]>([
    [
      'who',
      `UPDATE "AuditEntry" SET "actor" = 'key_x' WHERE "seq" = 3`,
      (id) => [`entry 3 (${id[3]}) was changed: ${changed}`],
    ],
    [
      'what',
      `UPDATE "AuditEntry" SET "action" = 'x' WHERE "seq" = 3`,
      (id) => [`entry 3 (${id[3]}) was changed: ${changed}`],
    ],
    [
      'to what',
      `UPDATE "AuditEntry" SET "target" = 'x' WHERE "seq" = 3`,
      (id) => [`entry 3 (${id[3]}) was changed: ${changed}`],
    ],
    [
      'when',
      `UPDATE "AuditEntry" SET "at" = '2031-01-01 00:00:00.000' WHERE "seq" = 3`,
      (id) => [`entry 3 (${id[3]}) was changed: ${changed}`],
    ],
    [
      'by which request',
      `UPDATE "AuditEntry" SET "requestId" = 'x' WHERE "seq" = 3`,
      (id) => [`entry 3 (${id[3]}) was changed: ${changed}`],
    ],
    [
      'its detail',
      `UPDATE "AuditEntry" SET "detail" = '{"name":"a viewer","role":"admin"}' WHERE "seq" = 3`,
      (id) => [`entry 3 (${id[3]}) was changed: ${changed}`],
    ],
    [
      'its id',
      `UPDATE "AuditEntry" SET "id" = 'aud_x' WHERE "seq" = 3`,
      () => [`entry 3 (aud_x) was changed: ${changed}`],
    ],
    [
      'its place',
      `UPDATE "AuditEntry" SET "seq" = 30 WHERE "seq" = 3`,
      (id) => [
        'entry 3 was removed: entry 4 comes right after entry 2',
        `entry 30 (${id[3]}) was moved: it was written as entry 3`,
      ],
    ],
    [
      'an entry that is gone',
      'DELETE FROM "AuditEntry" WHERE "seq" = 3',
      () => ['entry 3 was removed: entry 4 comes right after entry 2'],
    ],
    [
      'the beginning that is gone',
      'DELETE FROM "AuditEntry" WHERE "seq" <= 3',
      () => ['entries 1 to 3 were removed: the audit begins with entry 4'],
    ],
    [
      'two that have each other’s place',
      'UPDATE "AuditEntry" SET "seq" = 7 - "seq" WHERE "seq" IN (3, 4)',
      (id) => [
        `entry 3 (${id[4]}) was moved: it was written as entry 4`,
        `entry 4 (${id[3]}) was moved: it was written as entry 3`,
      ],
    ],
    [
      'one that was put in',
      copyOf(
        3,
        `'aud_zzz', "at", 'key_x', "action", "target", "detail", "requestId", "seq", "prevHash", "hash"`,
      ),
      () => ['entry 3 (aud_zzz) was inserted: there is another entry 3 before it'],
    ],
    [
      'one that was put in, with an id that looks like a line of the answer',
      copyOf(
        3,
        `'aud_zz' || 'z' || ' ' || 'fine', "at", 'key_x', "action", "target", "detail", "requestId", "seq", "prevHash", "hash"`,
      ),
      () => ['entry 3 (aud_zzz?fine) was inserted: there is another entry 3 before it'],
    ],
  ])('%s is told, over the API, from the database and from a file', async (_why, sql, sentences) => {
    const api = await serviceOf(6)
    const rows = await api.store.audit.list({ after: null, limit: 9 }, {})
    const before = await berth(api, ['audit', 'export'])
    await tamper(api.databaseUrl, sql)
    const expected = sentences(['', ...rows.map(({ id }) => id)])
    const file = written('audit.ndjson', (await berth(api, ['audit', 'export'])).stdout)
    for (const where of [[], ['--database', api.databaseUrl], ['--file', file]]) {
      const ran = await verify(api, '--output', 'json', ...where)
      expect([where[0], ran.code, sentencesOf(ran)]).toEqual([where[0], 4, expected])
    }
    // What was exported before is still what it was.
    expect((await verify(api, '--file', written('before.ndjson', before.stdout))).code).toBe(0)
  })

  test('what has no place in the chain shows in the database, and nowhere else', async () => {
    const api = await serviceOf(4)
    await tamper(
      api.databaseUrl,
      copyOf(2, `'aud_stray', "at", "actor", "action", "target", "detail", "requestId", NULL, NULL, NULL`),
    )
    expect((await verify(api)).code).toBe(0)
    const ran = await verify(api, '--database', api.databaseUrl)
    expect([ran.code, ran.stdout.split('\n')[0]]).toEqual([
      4,
      'the entry aud_stray was inserted: it has no place in the chain',
    ])
  })

  test('everything that is gone', async () => {
    const api = await serviceOf(4)
    await tamper(api.databaseUrl, 'DELETE FROM "AuditEntry"')
    for (const where of [[], ['--database', api.databaseUrl]])
      expect(sentencesOf(await verify(api, '--output', 'json', ...where))).toEqual([
        'there is no entry at all, and a service that was ever started has written some',
      ])
  })

  test('a torn file is told by its line', async () => {
    const api = await serviceOf(3)
    const { stdout } = await berth(api, ['audit', 'export'])
    const { stdout: told, code } = await verify(api, '--file', written('torn.ndjson', stdout.slice(0, -20)))
    expect([code, told.split('\n')[0]]).toEqual([4, expect.stringMatching(/^line 3 is no entry: /)])
  })
})

describe('checkpoints', () => {
  let api: Api
  let checkpoint: string
  let keys: string
  beforeEach(async () => {
    api = await serviceOf(4)
    checkpoint = written('checkpoint.ndjson', (await berth(api, ['audit', 'checkpoint'])).stdout)
    keys = written('keys.pem', pemOf(OURS.keys[0]?.public_key ?? ''))
  })
  const said = () => JSON.parse(readFileSync(checkpoint, 'utf8')) as AuditHead

  test('one that was kept is in the chain, also when that has gone on', async () => {
    await createKey(api, 'viewer')
    const { at, hash } = said()
    const signer = OURS.keys[0]?.id.slice(0, 16)
    const unlooked = 'signature not looked at, for want of --signing-key'
    for (const [more, signed] of [
      [[], unlooked],
      [['--signing-key', keys], `signed by ${signer}`],
    ] as const) {
      const { code, stdout } = await verify(api, '--checkpoint', checkpoint, ...more)
      expect([code, stdout]).toEqual([
        0,
        expect.stringContaining(`checkpoint of ${at}, entry 4: in the chain; ${signed}\n`),
      ])
    }
    expect(hash).toBe((await api.store.audit.list({ after: null, limit: 9 }, {}))[3]?.hash)
  })

  test('several in one file, and several files, are all looked for', async () => {
    await createKey(api, 'viewer')
    const later = (await berth(api, ['audit', 'checkpoint'])).stdout
    const both = written('both.ndjson', readFileSync(checkpoint, 'utf8') + later)
    const laidOut = written('laid-out.json', JSON.stringify(said(), null, 2))
    const { code, stdout } = await verify(api, '--checkpoint', both, '--checkpoint', laidOut)
    expect([code, stdout.match(/entry \d: in the chain/g)]).toEqual([
      0,
      ['entry 4: in the chain', 'entry 5: in the chain', 'entry 4: in the chain'],
    ])
  })

  test('an end that was cut off, which the chain alone does not show', async () => {
    await tamper(api.databaseUrl, 'DELETE FROM "AuditEntry" WHERE "seq" > 2')
    expect((await verify(api)).code).toBe(0)
    const cut = `entries 3 to 4 were cut off: there is nothing from entry 3 on, and the checkpoint of ${said().at} has seen entry 4`
    for (const where of [[], ['--database', api.databaseUrl]]) {
      const ran = await verify(api, '--checkpoint', checkpoint, '--output', 'json', ...where)
      expect([ran.code, sentencesOf(ran)]).toEqual([4, [cut]])
    }
  })

  test('an end that was cut off and has grown anew, by whoever can append', async () => {
    await tamper(api.databaseUrl, 'DELETE FROM "AuditEntry" WHERE "seq" > 2')
    for (let i = 0; i < 3; i++) await createKey(api, 'viewer')
    expect((await verify(api)).code).toBe(0)
    const ran = await verify(api, '--checkpoint', checkpoint, '--output', 'json')
    const sentence = `entry 4, or one before it, was rewritten: it had another hash at the checkpoint of ${said().at}`
    expect([ran.code, sentencesOf(ran)]).toEqual([4, [sentence]])
  })

  test.each<[why: string, change: (head: AuditHead) => object, signed: boolean, reason: string]>([
    ['says another number', (head) => ({ ...head, seq: 3 }), false, 'does not say what was signed'],
    [
      'says another hash',
      (head) => ({ ...head, hash: 'f'.repeat(64) }),
      false,
      'does not say what was signed',
    ],
    [
      'says another time',
      (head) => ({ ...head, at: '2020-01-01T00:00:00.000Z' }),
      false,
      'does not say what was signed',
    ],
    [
      'was signed by another service',
      ({ signed: { statement }, ...head }) => ({ ...head, signed: THEIRS.sign('x', statement) }),
      true,
      'is not signed by any of the keys of --signing-key',
    ],
    [
      'was signed for another purpose',
      ({ signed: { statement }, ...head }) => ({ ...head, signed: OURS.sign('another', statement) }),
      true,
      'has a signature that is not one of what it says',
    ],
  ])('one that %s counts for nothing', async (_why, change, signed, reason) => {
    const file = written('changed.json', JSON.stringify(change(said())))
    const { code, stderr } = await verify(
      api,
      '--checkpoint',
      file,
      ...(signed ? ['--signing-key', keys] : []),
    )
    expect([code, stderr]).toEqual([1, `berth: --checkpoint: ${file} ${reason}\n`])
  })
})
