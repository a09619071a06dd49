import { pino } from 'pino'
import { readConfig } from '../config.ts'
import type { Store } from '../store/open-store.ts'
import { signerOf } from './signing/signer.ts'
import { buildApp } from './build-app.ts'

/** The contract as a document; made from the routes and their schemas alone, no database is opened. */
export async function openapiDocument(): Promise<object> {
  const app = await buildApp({
    store: { onForeignWrite: () => {} } as Partial<Store> as Store,
    config: readConfig({}),
    log: pino({ level: 'silent' }),
    now: () => new Date(0),
    signer: signerOf([]),
  })
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document
}
