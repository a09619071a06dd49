import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder that is gone when the running test is over. */
export function scratchFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'berth-test-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
