import type { ExitCode } from './io.ts'
import { overApi, type Asked, type RemoteOptions } from './remote.ts'
import { pemOf } from './signing-key-file.ts'

/** `berth signing-keys`: the service's public keys as PEM, for `berth agent --signing-key`. */
export function signingKeysCommand(asked: Asked<RemoteOptions>): Promise<ExitCode> {
  return overApi('signing-keys', asked, async (remote) => {
    const { body } = await remote.get('/v1/signing-keys')
    const text = body.items.map(({ id, public_key }) => `# ${id}\n${pemOf(public_key)}`).join('')
    return remote.show(body, () => text)
  })
}
