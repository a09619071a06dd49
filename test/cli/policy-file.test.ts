import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readPolicyFile } from '../../src/cli/policy-file.ts'
import { scratchFolder } from './scratch.ts'

const GROWTH = { percent: 50, bytes: 8192 }

function policyFile(content: unknown): string {
  const path = join(scratchFolder(), 'policy.json')
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

describe('readPolicyFile', () => {
  test.each<[why: string, content: unknown, policy: object, seed: unknown]>([
    ['nothing: all is as by default', {}, { onBroken: 'prefer', headroom: {}, random: [] }, undefined],
    [
      'as a plan shows it, seed included',
      {
        on_broken: 'strict',
        headroom: { initrd: GROWTH },
        random: { kinds: ['initrd', 'dtb'], seed: 'ab' },
      },
      { onBroken: 'strict', headroom: { initrd: GROWTH }, random: ['initrd', 'dtb'] },
      'ab',
    ],
    [
      'as the rules of a policy: a seed is drawn',
      { random: ['initrd'], remember_boots: 4, keep_snapshots: { count: 4, days: 1 } },
      { random: ['initrd'] },
      expect.stringMatching(/^[0-9a-f]{32}$/),
    ],
    ['nothing at random wants no seed', { random: [] }, { random: [] }, undefined],
  ])('%s', (_why, content, policy, seed) => {
    const read = readPolicyFile(policyFile(content))
    expect(read).toMatchObject({ ok: true, value: { policy } })
    expect(read.ok && read.value.randomSeed).toEqual(seed)
  })

  test('fields of headroom stand in the order in which a plan shows them', () => {
    const { percent, bytes } = GROWTH
    const read = readPolicyFile(policyFile({ headroom: { initrd: { bytes, percent } } }))
    expect(JSON.stringify(read.ok && read.value.policy.headroom)).toBe(JSON.stringify({ initrd: GROWTH }))
  })

  test.each<[why: string, content: unknown, want: object]>([
    ['no JSON', '[', { code: 'bad-json' }],
    ['a list', [], { code: 'bad-policy', found: '[]' }],
    ['a rule that there is not', { on_fire: 'strict' }, { found: '"on_fire"' }],
    ['no such way', { on_broken: 'never' }, { expected: 'on_broken as one of strict, prefer, repin' }],
    ['headroom for no kind', { headroom: { ramdisk: GROWTH } }, { code: 'bad-policy' }],
    ['headroom below nothing', { headroom: { initrd: { percent: 0, bytes: -1 } } }, { code: 'bad-policy' }],
    ['headroom of something else', { headroom: { initrd: { ...GROWTH, pages: 1 } } }, { code: 'bad-policy' }],
    ['a kind that there is not', { random: ['ramdisk'] }, { found: '["ramdisk"]' }],
    ['kinds without a seed', { random: { kinds: ['initrd'] } }, { code: 'bad-policy' }],
  ])('refuses %s', (_why, content, want) => {
    expect(readPolicyFile(policyFile(content))).toMatchObject({ ok: false, error: want })
  })
})
