import { readFileSync } from 'node:fs'

/** The same file from src and from dist: both lie beside it. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
