import type { AddressInfo } from 'node:net'
import type { Config } from './config.ts'
import { firstKey } from './first-key.ts'
import { buildApp } from './http/build-app.ts'
import { serverTls } from './http/listener/certificates.ts'
import { healthPort } from './http/listener/health-port.ts'
import { listenerOf } from './http/listener/listener.ts'
import { renewalOf } from './http/listener/renewal.ts'
import type { createLog } from './http/log.ts'
import { guardedFetch } from './http/outbound/guarded-fetch.ts'
import type { Signer } from './http/signing/signer.ts'
import { deliveryLoop } from './http/webhooks/delivery-loop.ts'
import { resealSecrets, secretBox } from './http/webhooks/secret-box.ts'
import type { Store } from './store/open-store.ts'

export interface Around {
  readonly config: Config
  readonly log: ReturnType<typeof createLog>
  readonly signer: Signer
}

/** Everything over one store, which it closes with itself. */
export interface Composition {
  /** The first admin key, when there was none. */
  readonly firstKey: string | null
  /** Looks whether there are other certificates; null where there are none. */
  readonly renew: (() => Promise<void>) | null
  listen(port: number): Promise<{ readonly url: string; readonly port: number }>
  close(): Promise<void>
}

/** Puts everything together over a store; nobody is listened to yet. Errors: the store is closed then. */
export async function composition(store: Store, { config, log, signer }: Around): Promise<Composition> {
  const now = () => new Date()
  const { host, maxConnections, tls: files } = config
  try {
    const tls = files && (await serverTls(files))
    const listener = listenerOf({ tls, maxConnections })
    const shown = await firstKey(store, config.adminKey, now())
    const app = await buildApp({ store, config, log, now, signer, listener })
    const secrets = secretBox(signer)
    await resealSecrets(store, secrets)
    const outbound = guardedFetch(config.webhookOrigins)
    const given = { store, now, fetch: outbound.fetch, secrets, chance: Math.random }
    const sending = deliveryLoop(given, (err) => log.error({ err }, 'webhooks'))
    const renewal = files && tls && renewalOf(files, tls, { renew: listener.renew, log })
    let health: Awaited<ReturnType<typeof healthPort>> | null = null
    app.addHook('onClose', async () => {
      renewal?.close()
      await sending.close()
      await outbound.close()
      await store.close()
    })
    const named = (address: string) => (tls ? address.replace(/^http:/, 'https:') : address)
    return {
      firstKey: shown,
      renew: renewal?.look ?? null,
      listen: async (port) => {
        const listenTextResolver = (at: string) => `listening at ${named(at)}`
        const url = named(await app.listen({ host, port, listenTextResolver }))
        if (config.healthPort !== null) health = await healthPort(app, { host, port: config.healthPort })
        sending.start()
        return { url, port: (app.server.address() as AddressInfo).port }
      },
      close: async () => {
        const last = health
        if (last) {
          // Whoever takes the place of this one listens on the same ports.
          const ended = new Promise((resolve) => last.close(resolve))
          last.closeAllConnections()
          await ended
        }
        await app.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
