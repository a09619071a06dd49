import { readFileSync } from 'node:fs'
import { reasonOf } from './input-error.ts'
import { EXIT } from './io.ts'
import { RemoteFailed } from './remote-failed.ts'

/** The base URL of the service. Errors: `RemoteFailed` where it is not told, or is none. */
export function serverOf(text: string | undefined): URL {
  if (!text) throw new RemoteFailed('no service: give --server URL or set BERTH_SERVER', EXIT.usage)
  const url = URL.canParse(text) ? new URL(text) : null
  const plain =
    url && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === ''
  if (plain) return url
  throw new RemoteFailed(
    '--server wants an http or https URL without user name, password or query',
    EXIT.usage,
  )
}

interface KeyOptions {
  readonly key?: string
  readonly keyFile?: string
}

/** The API key. Errors: `RemoteFailed` where there is none, or one that no header can carry. */
export function keyOf({ key, keyFile }: KeyOptions, fallback: string | undefined): string {
  const given = key ?? (keyFile === undefined ? fallback : keyIn(keyFile))
  const found = given?.trim()
  if (!found) throw new RemoteFailed('no key: give --key-file FILE or set BERTH_KEY', EXIT.usage)
  // Another character would end the header; what it is must not be shown.
  if (/^[\x21-\x7e]+$/.test(found)) return found
  throw new RemoteFailed('the key holds characters that no key has', EXIT.usage)
}

function keyIn(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    throw new RemoteFailed(`--key-file: ${reasonOf(thrown)}`, EXIT.usage)
  }
}
