import { describe, expect, test } from 'vitest'
import { sourceFiles } from './source-files.ts'

const SAY_NOTHING = [
  'util',
  'utils',
  'helper',
  'helpers',
  'manager',
  'service',
  'handler',
  'data',
  'info',
  'common',
  'misc',
]

describe('names of files', () => {
  const names = [...sourceFiles('src', ['.ts', '.tsx']), ...sourceFiles('test', ['.ts'])].map(
    ({ path }) => path,
  )

  test('say what is in them, in src', () => {
    const empty = names.filter(
      (path) =>
        path.startsWith('src/') &&
        path.split('/').some((part) => part.split(/[-.]/).some((word) => SAY_NOTHING.includes(word))),
    )
    expect(empty).toEqual([])
  })

  test('are in kebab-case', () => {
    expect(names.filter((path) => !/^[a-z0-9-/]+(\.[a-z-]+)*\.tsx?$/.test(path))).toEqual([])
  })
})

test('no bound is named end: the kernel means two different bytes by it', () => {
  const wrong = ['src/planner', 'src/machine', 'src/rollout', 'src/wire']
    .flatMap((folder) => sourceFiles(folder, ['.ts', '.tsx']))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .map((line, i) => ({ line, at: `${path}:${i + 1}` }))
        .filter(({ line }) => /^\s*(readonly )?end\??:/.test(line))
        .map(({ at }) => at),
    )
  expect(wrong).toEqual([])
})
