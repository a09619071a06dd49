import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the repository. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

export interface SourceFile {
  /** From the top of the repository, with `/`. */
  readonly path: string
  readonly text: string
}

/** What others wrote, or a tool did, and what is there only on this machine. */
const NOT_OURS = [
  'node_modules',
  'dist',
  'coverage',
  '.git',
  'src/store/generated',
  'src/client/generated',
  'test/hosts',
]

/** Every file of ours below `folder` whose name ends in one of `endings`, ascending by path. */
export function sourceFiles(folder: string, endings: readonly string[]): SourceFile[] {
  return pathsBelow(join(ROOT, folder))
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

export interface Import {
  /** The file or package as the statement names it. */
  readonly specifier: string
  /** From the top of the repository; null for a package. */
  readonly path: string | null
}

/** What a file imports or re-exports, statically or by `import()`. */
export function importsOf(file: SourceFile): Import[] {
  const statements = [
    ...file.text.matchAll(/^(?:import|export)\b[^'"`;=]*?from\s*'([^']+)'/gm),
    ...file.text.matchAll(/^import\s*'([^']+)'/gm),
    ...file.text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g),
  ]
  return statements.map((statement) => {
    const specifier = statement[1] as string
    return { specifier, path: specifier.startsWith('.') ? join(dirname(file.path), specifier) : null }
  })
}

function pathsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = relative(ROOT, join(folder, entry.name)).split(sep).join('/')
      if (NOT_OURS.includes(path)) return []
      return entry.isDirectory() ? pathsBelow(join(folder, entry.name)) : [path]
    })
    .sort()
}
