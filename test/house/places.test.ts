import { expect, test } from 'vitest'
import { sourceFiles } from './source-files.ts'

const TEXT = [
  '.ts',
  '.js',
  '.mjs',
  '.json',
  '.md',
  '.yaml',
  '.sql',
  '.prisma',
  'Dockerfile',
  '/run',
  '.dockerignore',
]

/** Where somebody happened to build this: nobody else has these folders. */
const SOMEBODYS = /(^|[\s'"`(=])\/(home|root|work|Users)\/[\w.-]|\.\.\/shared\b/

test('no file names a folder of the machine that it was written on', () => {
  const wrong = sourceFiles('.', TEXT)
    .filter(({ path }) => path !== 'package-lock.json')
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .map((line, i) => ({ line, at: `${path}:${i + 1}` }))
        .filter(({ line }) => SOMEBODYS.test(line))
        .map(({ at, line }) => `${at}: ${line.trim().slice(0, 80)}`),
    )
  expect(wrong).toEqual([])
})

test('the planner never reads what only an experiment knows', () => {
  const wrong = ['src/planner', 'src/machine', 'src/agent', 'src/http', 'src/cli']
    .flatMap((folder) => sourceFiles(folder, ['.ts', '.tsx']))
    .filter(({ path }) => !path.startsWith('src/cli/demo/'))
    .filter(({ text }) => /\b(truth\.json|case\.json|calls\.txt)/.test(text))
    .map(({ path }) => path)
  expect(wrong).toEqual([])
})
