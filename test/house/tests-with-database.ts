import { importsOf, sourceFiles, type SourceFile } from './source-files.ts'

const DATABASE = 'test/database.ts'

/** Test files that get a database from `test/database.ts`, by themselves or by what they import. */
export function testsWithDatabase(): string[] {
  const files = new Map(sourceFiles('test', ['.ts']).map((file) => [file.path, file]))
  return [...files.values()].filter(({ path }) => path.endsWith('.test.ts')).flatMap(reaching)

  function reaching(file: SourceFile): string[] {
    const seen = new Set<string>()
    const open = [file.path]
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (path === DATABASE) return [file.path]
      const next = files.get(path)
      if (!next || seen.has(path)) continue
      seen.add(path)
      open.push(...importsOf(next).flatMap(({ path: imported }) => imported ?? []))
    }
    return []
  }
}
