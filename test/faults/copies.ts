import { randomBytes } from 'node:crypto'
import { copyFile, rm } from 'node:fs/promises'
import { databaseFile } from '../../src/store/database-url.ts'
import { onServer, SERVER } from '../database.ts'
import { settle } from './raw-database.ts'

/** A database that can be copied, and is not changed any more. */
export interface Original {
  copy(): Promise<Copy>
  drop(): Promise<void>
}

export interface Copy {
  readonly url: string
  drop(): Promise<void>
}

/** Keeps what is in a database that nobody has open any more; `dir` is where copies on SQLite lie. */
export async function original(url: string, dir: string): Promise<Original> {
  return SERVER === undefined ? sqliteOriginal(databaseFile(url), dir) : postgresqlOriginal(url, SERVER)
}

async function sqliteOriginal(file: string, dir: string): Promise<Original> {
  const kept = `${dir}/original.db`
  settle(file)
  await copyFile(file, kept)
  let copies = 0
  return {
    copy: async () => {
      const path = `${dir}/copy-${++copies}.db`
      await copyFile(kept, path)
      const parts = ['', '-wal', '-shm'].map((part) => path + part)
      return {
        url: `file:${path}`,
        drop: async () => void (await Promise.all(parts.map((part) => rm(part, { force: true })))),
      }
    },
    drop: () => rm(kept),
  }
}

async function postgresqlOriginal(url: string, server: string): Promise<Original> {
  const kept = named()
  await onServer(server, `CREATE DATABASE "${kept}" TEMPLATE "${new URL(url).pathname.slice(1)}"`)
  return {
    copy: async () => {
      const name = named()
      await onServer(server, `CREATE DATABASE "${name}" TEMPLATE "${kept}"`)
      const at = new URL(url)
      at.pathname = `/${name}`
      return { url: at.href, drop: () => onServer(server, `DROP DATABASE "${name}" WITH (FORCE)`) }
    },
    drop: () => onServer(server, `DROP DATABASE "${kept}" WITH (FORCE)`),
  }
}

function named(): string {
  return `berth_faults_${randomBytes(8).toString('hex')}`
}
