import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'

/** The files of one boot by name, as they were posted. */
export type Files = Readonly<Record<string, string>>

/** Files by themselves. */
export async function packWhole(files: Files): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from(await promisify(gzip)(JSON.stringify(files)))
}

export async function unpackWhole(packed: Uint8Array): Promise<Files> {
  return JSON.parse((await promisify(gunzip)(packed)).toString('utf8')) as Files
}
