import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importsOf, ROOT, sourceFiles } from './source-files.ts'

const PURE = ['planner', 'rollout', 'machine', 'picture', 'audit']

/** Who may import whom. Roots may import anything, and nobody but a root imports a root. */
const ARROWS: { readonly [folder: string]: readonly string[] | 'root' } = {
  planner: [],
  rollout: [],
  machine: ['planner'],
  picture: ['planner'],
  audit: [],
  wire: PURE,
  client: [],
  store: PURE,
  web: ['picture', 'wire'],
  agent: ['planner', 'machine', 'wire', 'client'],
  http: ['planner', 'rollout', 'picture', 'audit', 'wire', 'client', 'store', 'web', 'config'],
  config: [],
  'first-key': ['store', 'http'],
  'signing-key': ['store'],
  succession: ['store'],
  composition: 'root',
  server: 'root',
  cli: 'root',
  simulate: 'root',
}

/** The part of src that a file belongs to: its folder, or itself where it lies at the top. */
function partOf(path: string): string {
  return (path.split('/')[1] as string).replace(/\.ts$/, '')
}

const parts = readdirSync(join(ROOT, 'src')).map((name) => name.replace(/\.ts$/, ''))

test('every part of src has its arrows', () => {
  expect(parts.filter((part) => !(part in ARROWS))).toEqual([])
})

describe.each(parts)('src/%s', (part) => {
  const files = sourceFiles('src', ['.ts', '.tsx']).filter((file) => partOf(file.path) === part)
  const allowed = ARROWS[part]

  test('imports only what it may', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter(({ path }) => path !== null && partOf(path) !== part)
        .filter(({ path }) => allowed !== 'root' && !allowed?.includes(partOf(path as string)))
        .map(({ specifier }) => `${file.path} imports ${specifier}`),
    )
    expect(wrong).toEqual([])
  })

  test('imports nothing from outside src', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter(({ path }) => path !== null && !path.startsWith('src/'))
        .map(({ specifier }) => `${file.path} imports ${specifier}`),
    )
    expect(wrong).toEqual([])
  })
})

test.each(parts.filter((part) => PURE.includes(part)))('src/%s is pure: no package, no node:*', (part) => {
  const wrong = sourceFiles(`src/${part}`, ['.ts', '.tsx']).flatMap((file) =>
    importsOf(file)
      .filter(({ path }) => path === null)
      .map(({ specifier }) => `${file.path} imports ${specifier}`),
  )
  expect(wrong).toEqual([])
})

test('the imports of a file are seen in every form', () => {
  const text = [
    "import { a } from './a.ts'",
    "import type { B } from '../b/b.ts'",
    "import {\n  c,\n  d,\n} from 'node:fs'",
    "import './e.ts'",
    "export * from './f.ts'",
    "export { g } from '../../g.ts'",
    "const h = await import('./h.ts')",
    "const text = 'import nothing'",
  ].join('\n')
  expect(importsOf({ path: 'src/x/y.ts', text }).map(({ specifier, path }) => path ?? specifier)).toEqual([
    'src/x/a.ts',
    'src/b/b.ts',
    'node:fs',
    'src/x/f.ts',
    'g.ts',
    'src/x/e.ts',
    'src/x/h.ts',
  ])
})
