import { expect, test } from 'vitest'
import { kernelRules } from '../../../src/planner/index.ts'
import { readKernelRelease } from '../../../src/planner/read/kernel-release.ts'

function release(text: string) {
  const read = readKernelRelease(text)
  if (read === null) throw new Error(text)
  return read
}

test.each<[why: string, text: string, id: string, start: string, order: string, min: string]>([
  ['the last release that wastes a page', '6.7.12', 'x86_64/5.10', 'last-memsz', 'ascending', 'one-mib'],
  ['the first that does not', '6.8.0', 'x86_64/6.8', 'last-memsz+1', 'descending', 'one-mib'],
  [
    'the first that keeps above the preferred address',
    '6.9.0',
    'x86_64/6.8',
    'last-memsz+1',
    'descending',
    'pref-address',
  ],
  ['the last before kexec handover', '6.15.4', 'x86_64/6.8', 'last-memsz+1', 'descending', 'pref-address'],
  ['the first with kexec handover', '6.16.0', 'x86_64/6.16', 'last-memsz+1', 'descending', 'pref-address'],
  ['another major', '7.2.13', 'x86_64/6.16', 'last-memsz+1', 'descending', 'pref-address'],
])('%s: %s', (_why, text, id, topDownStart, topDownOrder, kernelMin) => {
  expect(kernelRules('x86_64', release(text), null)).toMatchObject({
    ok: true,
    value: { id, topDownStart, topDownOrder, kernelMin },
  })
})

test('a vendor release is assumed, and a named era takes the assumption away', () => {
  const vendor = release('5.14.0-427.13.1.el9_4.x86_64')
  expect(kernelRules('x86_64', vendor, null)).toMatchObject({
    value: { assumed: [{ code: 'vendor-release' }] },
  })
  expect(kernelRules('x86_64', vendor, 'x86_64/6.8')).toMatchObject({
    value: { id: 'x86_64/6.8', assumed: [] },
  })
})

test('rules of another architecture, or none, are refused with the ones that are known', () => {
  const refused = kernelRules('arm64', release('6.1.0'), 'x86_64/6.8')
  expect(refused).toMatchObject({ ok: false, error: { code: 'unknown-rules' } })
  expect(refused.ok ? '' : refused.error.detail).toContain('arm64/5.10')
})
