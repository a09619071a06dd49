import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../house/source-files.ts'

/** What is the same in every checkout, and is only read. */
const SHARED = ['node_modules', 'package.json', 'prisma', 'openapi', 'test', 'deploy', 'docs', 'README.md']

/** A folder that looks like a checkout after `npm ci && npm run build`, and may be written into. */
export interface Checkout {
  readonly folder: string
  /** Where `berth` lies, as after an installation. */
  readonly bin: string
  remove(): void
}

/** Builds what is checked out here. Types are left to `npm run typecheck`: this has to be quick. */
export function builtCheckout(): Checkout {
  const folder = mkdtempSync(join(tmpdir(), 'berth-docs-'))
  for (const name of SHARED) symlinkSync(join(ROOT, name), join(folder, name))
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const built = ['--noCheck', '--declaration', 'false', '--outDir', join(folder, 'dist')]
  execFileSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.json'), ...built], { stdio: 'pipe' })
  cpSync(join(ROOT, 'src/web/assets'), join(folder, 'dist/web/assets'), { recursive: true })
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const command = join(bin, 'berth')
  writeFileSync(command, `#!/bin/sh\nexec node '${join(folder, 'dist/cli/berth.js')}' "$@"\n`)
  chmodSync(command, 0o755)
  return { folder, bin, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
