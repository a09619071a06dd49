import { sourceFiles, type SourceFile } from '../house/source-files.ts'

/** What people read: the pages at the top, and all below `docs` and `deploy`. */
export const DOCUMENTS: readonly SourceFile[] = [
  ...sourceFiles('.', ['.md']).filter(({ path }) => !path.includes('/')),
  ...sourceFiles('docs', ['.md']),
  ...sourceFiles('deploy', ['.md']),
]

/** Those whose commands are run: README by itself, guides against a service with hosts. */
export const README = DOCUMENTS.filter(({ path }) => path === 'README.md')
export const GUIDES = DOCUMENTS.filter(({ path }) => path.startsWith('docs/guides/'))
