import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GENESIS, type Entry } from '../../src/audit/entry.ts'
import { auditWalk, type WalkOptions, type Walked } from '../../src/audit/walk.ts'
import { chainOf, entryAfter, rechained, sha256 } from './chain.ts'

const ENTRIES = chainOf(12)
const AT = '2030-02-01T00:00:00.000Z'

function walked(entries: readonly Entry[], options: Omit<WalkOptions, 'sha256'> = {}): Walked {
  const walk = auditWalk({ sha256, ...options })
  entries.forEach((entry) => walk.see(entry))
  return walk.end()
}

/** The chain with one entry replaced; `at` counts from 1. */
const replaced = (at: number, change: Partial<Entry>) =>
  ENTRIES.map((entry) => (entry.seq === at ? { ...entry, ...change } : entry))
const without = (...gone: number[]) => ENTRIES.filter(({ seq }) => !gone.includes(seq))
const bySeq = (entries: readonly Entry[]) => [...entries].sort((a, b) => a.seq - b.seq)

/** What stands at a place, as one entry would look like that somebody has put there in its stead. */
const forged = (at: number) => entryAfter(ENTRIES[at - 2] ?? GENESIS, { id: 'aud_forged', actor: 'nobody' })

test('a chain as it was written has no fault, and its head is the last entry', () => {
  const { hash } = ENTRIES[11] as Entry
  expect(walked(ENTRIES)).toMatchObject({
    entries: 12,
    first: 1,
    head: { seq: 12, hash },
    faultCount: 0,
    faults: [],
  })
})

describe('tampering', () => {
  test.each<[why: string, entries: readonly Entry[], sentences: string[]]>([
    [
      'a word of one entry',
      replaced(7, { actor: 'key_2' }),
      ['entry 7 (aud_7) was changed: its hash is not the hash of what it says'],
    ],
    [
      'a word deep in its detail',
      replaced(7, { detail: { reason: 'why', labels: { rack: 'r0' } } }),
      ['entry 7 (aud_7) was changed: its hash is not the hash of what it says'],
    ],
    [
      'the hash of an entry',
      replaced(7, { hash: 'f'.repeat(64) }),
      [
        'entry 7 (aud_7) was changed: its hash is not the hash of what it says',
        'entry 7 (aud_7) was rewritten: entry 8 (aud_8) follows another hash',
      ],
    ],
    [
      'a word, and the hash made anew',
      ENTRIES.map((entry) => (entry.seq === 7 ? forged(7) : entry)),
      ['entry 7 (aud_forged) was rewritten: entry 8 (aud_8) follows another hash'],
    ],
    [
      'the first entry, with its hash made anew',
      ENTRIES.map((entry) => (entry.seq === 1 ? forged(1) : entry)),
      ['entry 1 (aud_forged) was rewritten: entry 2 (aud_2) follows another hash'],
    ],
    ['one entry is gone', without(7), ['entry 7 was removed: entry 8 comes right after entry 6']],
    [
      'several are gone',
      without(7, 8, 9),
      ['entries 7 to 9 were removed: entry 10 comes right after entry 6'],
    ],
    ['the first is gone', without(1), ['entry 1 was removed: the audit begins with entry 2']],
    [
      'the first five are gone',
      without(1, 2, 3, 4, 5),
      ['entries 1 to 5 were removed: the audit begins with entry 6'],
    ],
    [
      'one is gone, and the next was changed',
      replaced(8, { actor: 'key_2' }).filter(({ seq }) => seq !== 7),
      [
        'entry 7 was removed: entry 8 comes right after entry 6',
        'entry 8 (aud_8) was changed: its hash is not the hash of what it says',
      ],
    ],
    [
      'the beginning is gone, and what is left has a beginning of its own',
      ENTRIES.slice(5).map((entry, i) => ({ ...entry, seq: i + 1 })),
      ENTRIES.slice(5).map(
        ({ id }, i) => `entry ${i + 1} (${id}) was moved: it was written as entry ${i + 6}`,
      ),
    ],
    [
      'an entry that begins another chain',
      [entryAfter({ seq: 0, hash: 'a'.repeat(64) })],
      ['entry 1 (aud_1) was rewritten: it does not begin the chain, for its prev_hash is not 64 zeros'],
    ],
    [
      'one was put between two, under the number of the second',
      bySeq([...ENTRIES.slice(0, 6), forged(7), ...ENTRIES.slice(6)]),
      [
        'entry 7 (aud_7) was inserted: there is another entry 7 before it',
        'entry 7 (aud_forged) was rewritten: entry 8 (aud_8) follows another hash',
      ],
    ],
    [
      'the same, without knowing how to chain it',
      [...ENTRIES.slice(0, 6), { ...forged(7), hash: '0'.repeat(64) }, ...ENTRIES.slice(6)],
      ['entry 7 (aud_forged) was inserted: entry 7 (aud_7) follows what stands before it'],
    ],
    [
      'the same, under the number of the first',
      [...ENTRIES.slice(0, 6), { ...forged(7), seq: 6 }, ...ENTRIES.slice(6)],
      ['entry 6 (aud_forged) was inserted: there is another entry 6 before it'],
    ],
    [
      'one was put in, and all behind it got the next number',
      [
        ...ENTRIES.slice(0, 10),
        forged(11),
        ...ENTRIES.slice(10).map((entry) => ({ ...entry, seq: entry.seq + 1 })),
      ],
      [
        'entry 12 (aud_11) was moved: it was written as entry 11',
        'entry 13 (aud_12) was moved: it was written as entry 12',
      ],
    ],
    [
      'the same entry twice',
      [...ENTRIES.slice(0, 7), ...ENTRIES.slice(6)],
      ['entry 7 (aud_7) was inserted: there is another entry 7 before it'],
    ],
    [
      'two have each other’s number',
      bySeq(ENTRIES.map((e) => ({ ...e, seq: e.seq === 7 ? 8 : e.seq === 8 ? 7 : e.seq }))),
      [
        'entry 7 (aud_8) was moved: it was written as entry 8',
        'entry 8 (aud_7) was moved: it was written as entry 7',
      ],
    ],
    [
      'two lines of a file have changed places',
      [...ENTRIES.slice(0, 6), ENTRIES[7] as Entry, ENTRIES[6] as Entry, ...ENTRIES.slice(8)],
      ['entry 8 (aud_8) was moved: it stands before entry 7'],
    ],
    [
      'a line of a file stands further down',
      [...ENTRIES.slice(0, 6), ...ENTRIES.slice(7, 10), ENTRIES[6] as Entry, ...ENTRIES.slice(10)],
      [
        'entry 7 was removed: entry 8 comes right after entry 6',
        'entry 7 (aud_7) was moved: it stands behind entry 10',
      ],
    ],
    [
      'one got a number behind all others',
      bySeq(replaced(7, { seq: 70 })),
      [
        'entry 7 was removed: entry 8 comes right after entry 6',
        'entry 70 (aud_7) was moved: it was written as entry 7',
      ],
    ],
    [
      'all of it is gone',
      [],
      ['there is no entry at all, and a service that was ever started has written some'],
    ],
  ])('%s', (_why, entries, sentences) => {
    expect(walked(entries).faults.map(({ sentence }) => sentence)).toEqual(sentences)
  })

  test('whoever rewrites a thousand entries is told of at the first, and the rest is counted', () => {
    const entries = chainOf(1000).map((entry) => ({ ...entry, actor: 'nobody' }))
    const { faults, faultCount } = walked(entries)
    expect([faults.length, faultCount, faults[0]?.seq]).toEqual([20, 1000, 1])
  })

  test('any one character of any field is noticed', () => {
    const places = ['id', 'at', 'actor', 'action', 'target', 'request_id', 'prev_hash', 'hash'] as const
    const character = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })
    fc.assert(
      fc.property(fc.nat(11), fc.constantFrom(...places), fc.nat(), character, (i, field, at, other) => {
        const entry = ENTRIES[i] as Entry
        const text = entry[field]
        const where = at % text.length
        fc.pre(text[where] !== other)
        const changed = { ...entry, [field]: text.slice(0, where) + other + text.slice(where + 1) }
        const { faults } = walked(ENTRIES.map((one) => (one === entry ? changed : one)))
        expect(faults[0]).toMatchObject({ kind: 'changed', seq: i + 1 })
      }),
    )
  })

  test('any one byte of the text of a whole entry is noticed, wherever the text is still an entry', () => {
    fc.assert(
      fc.property(fc.nat(11), fc.nat(), fc.integer({ min: 32, max: 126 }), (i, at, code) => {
        const text = JSON.stringify(ENTRIES[i])
        const where = at % text.length
        fc.pre(text.charCodeAt(where) !== code)
        const changed = parsed(text.slice(0, where) + String.fromCharCode(code) + text.slice(where + 1))
        fc.pre(changed !== null)
        const entries = ENTRIES.map((one, j) => (j === i ? (changed as Entry) : one))
        expect(walked(entries).faultCount).toBeGreaterThan(0)
      }),
      { numRuns: 400 },
    )
  })
})

/** Null where it is no longer what a reader takes for an entry. */
function parsed(text: string): Entry | null {
  try {
    const entry = JSON.parse(text) as Entry
    const names = Object.keys(ENTRIES[0] as Entry).sort()
    return JSON.stringify(Object.keys(entry).sort()) === JSON.stringify(names) && entry.seq > 0 ? entry : null
  } catch {
    return null
  }
}

describe('a walk that begins later', () => {
  test.each<[why: string, entries: readonly Entry[], since: number, sentences: string[]]>([
    ['at an entry that is there', ENTRIES.slice(6), 7, []],
    ['at one that is gone', ENTRIES.slice(7), 7, ['entry 7 was removed: entry 8 comes right after entry 6']],
    ['behind the end', [], 13, ['there is no entry from number 13 on']],
  ])('%s', (_why, entries, since, sentences) => {
    expect(walked(entries, { since }).faults.map(({ sentence }) => sentence)).toEqual(sentences)
  })
})

describe('checkpoints', () => {
  const of = (seq: number, hash = ENTRIES[seq - 1]?.hash ?? GENESIS.hash) => ({ seq, hash, at: AT })
  const other = 'e'.repeat(64)

  test.each<
    [
      why: string,
      entries: readonly Entry[],
      options: Omit<WalkOptions, 'sha256'>,
      state: string,
      sentences: string[],
    ]
  >([
    ['in the chain', ENTRIES, { checkpoints: [of(7)] }, 'held', []],
    ['of its last entry', ENTRIES, { checkpoints: [of(12)] }, 'held', []],
    ['of an audit without entries', ENTRIES, { checkpoints: [of(0)] }, 'held', []],
    [
      'of another hash',
      ENTRIES,
      { checkpoints: [of(7, other)] },
      'missed',
      [`entry 7, or one before it, was rewritten: it had another hash at the checkpoint of ${AT}`],
    ],
    [
      'of an audit that somebody has written anew from an entry on, without a flaw',
      rechained(replaced(4, { actor: 'key_2' }), 3),
      { checkpoints: [of(7)] },
      'missed',
      [`entry 7, or one before it, was rewritten: it had another hash at the checkpoint of ${AT}`],
    ],
    [
      'of an entry that was cut off',
      ENTRIES.slice(0, 9),
      { checkpoints: [of(12)] },
      'missed',
      [
        `entries 10 to 12 were cut off: there is nothing from entry 10 on, and the checkpoint of ${AT} has seen entry 12`,
      ],
    ],
    [
      'of the only one that was cut off',
      ENTRIES.slice(0, 11),
      { checkpoints: [of(12)] },
      'missed',
      [
        `entry 12 was cut off: there is nothing from entry 12 on, and the checkpoint of ${AT} has seen entry 12`,
      ],
    ],
    [
      'of an entry that was removed',
      without(7),
      { checkpoints: [of(7)] },
      'missed',
      ['entry 7 was removed: entry 8 comes right after entry 6'],
    ],
    ['from before the walk', ENTRIES.slice(6), { since: 7, checkpoints: [of(3)] }, 'before', []],
    ['right before the walk', ENTRIES.slice(6), { since: 7, checkpoints: [of(6)] }, 'held', []],
    [
      'right before the walk, of another hash',
      ENTRIES.slice(6),
      { since: 7, checkpoints: [of(6, other)] },
      'missed',
      [`entry 6, or one before it, was rewritten: it had another hash at the checkpoint of ${AT}`],
    ],
    [
      'behind a walk that finds nothing',
      [],
      { since: 10, checkpoints: [of(12)] },
      'missed',
      [
        'there is no entry from number 10 on',
        `entries 10 to 12 were cut off: there is nothing from entry 10 on, and the checkpoint of ${AT} has seen entry 12`,
      ],
    ],
  ])('%s', (_why, entries, options, state, sentences) => {
    const { checkpoints, faults } = walked(entries, options)
    expect(checkpoints.map((one) => one.state)).toEqual([state])
    expect(faults.map(({ sentence }) => sentence)).toEqual(sentences)
  })
})
