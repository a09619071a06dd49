import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import closeWithGrace from 'close-with-grace'
import { readConfig, type Config } from './config.ts'
import { firstKey } from './first-key.ts'
import { buildApp } from './http/build-app.ts'
import { serverTls } from './http/listener/certificates.ts'
import { healthPort } from './http/listener/health-port.ts'
import { listenerOf } from './http/listener/listener.ts'
import { renewalOf } from './http/listener/renewal.ts'
import { createLog } from './http/log.ts'
import { guardedFetch } from './http/outbound/guarded-fetch.ts'
import { signerOf } from './http/signing/signer.ts'
import { deliveryLoop } from './http/webhooks/delivery-loop.ts'
import { resealSecrets, secretBox } from './http/webhooks/secret-box.ts'
import { signingKeys } from './signing-key.ts'
import { openStore } from './store/open-store.ts'

/** Requests that run may end in this time; agents that wait are let go at once. */
const GRACE_MS = 10_000

export interface Running {
  readonly url: string
  /** The first admin key, when this start made it. */
  readonly firstKey: string | null
  /** Looks whether there are other certificates; null where there are none. */
  readonly renew: (() => Promise<void>) | null
  close(): Promise<void>
}

/** The composition: config, store, app, listen; `close` undoes it in reverse. */
export async function startServer(config: Config): Promise<Running> {
  const now = () => new Date()
  const log = createLog(config.logLevel)
  const { host, port, maxConnections, tls: files } = config
  const tls = files && (await serverTls(files))
  const listener = listenerOf({ tls, maxConnections })
  const signer = signerOf(await signingKeys(config))
  const store = await openStore(config.databaseUrl)
  try {
    const shown = await firstKey(store, config.adminKey, now())
    const app = await buildApp({ store, config, log, now, signer, listener })
    const secrets = secretBox(signer)
    await resealSecrets(store, secrets)
    const outbound = guardedFetch(config.webhookOrigins)
    const given = { store, now, fetch: outbound.fetch, secrets, chance: Math.random }
    const sending = deliveryLoop(given, (err) => log.error({ err }, 'webhooks'))
    const renewal = files && tls && renewalOf(files, tls, { renew: listener.renew, log })
    app.addHook('onClose', async () => {
      renewal?.close()
      await sending.close()
      await outbound.close()
      await store.close()
    })
    const scheme = tls ? 'https' : 'http'
    const named = (address: string) => address.replace(/^http/, scheme)
    const url = named(
      await app.listen({ host, port, listenTextResolver: (at) => `listening at ${named(at)}` }),
    )
    const health =
      config.healthPort === null ? null : await healthPort(app, { host, port: config.healthPort })
    sending.start()
    const close = async () => {
      health?.closeAllConnections()
      health?.close()
      await app.close()
    }
    return { url, firstKey: shown, renew: renewal?.look ?? null, close }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Starts from the environment and stays until a signal; the first admin key is printed once. */
export async function serve(environment: NodeJS.ProcessEnv = process.env): Promise<Running> {
  const running = await startServer(readConfig(environment))
  if (running.firstKey !== null) {
    process.stdout.write(`first admin key, shown this once: ${running.firstKey}\n`)
  }
  const { renew } = running
  // A daemon is told by SIGHUP that there are other certificates; what hangs on a terminal ends with that.
  const isDaemon = renew !== null || !process.stdin.isTTY
  if (isDaemon) process.on('SIGHUP', () => void renew?.())
  closeWithGrace({ delay: GRACE_MS, skip: isDaemon ? ['SIGHUP'] : [] }, async ({ err }) => {
    if (err) process.stderr.write(`${err.stack}\n`)
    await running.close()
  })
  return running
}

const started = process.argv[1]
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) {
  serve().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  })
}
