import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { agentEnrollCommand } from '../../src/cli/agent-enroll.ts'
import { agentOnceCommand } from '../../src/cli/agent-once.ts'
import { readConfig } from '../../src/config.ts'
import { startServer } from '../../src/server.ts'
import { HOSTS } from '../capture.ts'
import { authority, LOOPBACK } from '../certificates.ts'
import { recordedIo } from '../cli/recorded-io.ts'
import type { Checkout } from './checkout.ts'
import type { Session } from './shell.ts'

const CAPTURE = join(HOSTS, 'x86_64-seabios-2g')
const NAMES = ['web-7', 'web-8']
/** Of the kernel that was loaded on that host for real. Units: bytes. */
const KERNEL_SIZE = 8_247_232
const INITRD_SIZE = 1_048_576

/** What docs/guides/README.md promises to every guide. */
export interface World extends Session {
  close(): Promise<void>
}

/** A service with two emulated hosts of the group `web`, each seen once, in a folder with captures and images. */
export async function guideWorld({ folder: checkout, bin }: Checkout): Promise<World> {
  const folder = mkdtempSync(join(checkout, 'guide-'))
  const service = {
    BERTH_DATABASE_URL: `file:${join(folder, 'berth.db')}`,
    BERTH_PORT: '0',
    BERTH_LOG_LEVEL: 'silent',
    BERTH_MAX_EVENT_LOOP_DELAY_MS: '0',
  }
  const { url, firstKey, close } = await startServer(readConfig(service))
  try {
    for (const name of NAMES) await enrol(folder, name, { server: url, key: firstKey ?? '' })
  } catch (error) {
    await close()
    throw error
  }
  await certify(join(folder, 'tls'))
  writeFileSync(join(folder, 'vmlinuz'), grown(readFileSync(join(CAPTURE, 'kernel-header.bin')), KERNEL_SIZE))
  writeFileSync(join(folder, 'initrd.img'), grown(Buffer.alloc(0), INITRD_SIZE))
  const environment = {
    PATH: `${bin}:${process.env['PATH']}`,
    BERTH_SERVER: url,
    BERTH_KEY: firstKey ?? '',
    BERTH_DATABASE_URL: service.BERTH_DATABASE_URL,
  }
  return { folder, environment, close }
}

async function certify(folder: string): Promise<void> {
  mkdirSync(folder)
  const ca = await authority()
  writeFileSync(join(folder, 'ca.pem'), ca.cert)
  for (const [name, names] of [
    ['service', LOOPBACK],
    ['operator', []],
    ['web-9', [{ type: 'dns', value: 'web-9.example' }]],
  ] as const) {
    const { cert, key } = await ca.issue({ names })
    writeFileSync(join(folder, `${name}.pem`), cert)
    writeFileSync(join(folder, `${name}.key`), key, { mode: 0o600 })
  }
}

async function enrol(folder: string, name: string, at: { server: string; key: string }): Promise<void> {
  const emulate = join(folder, 'captures', name)
  mkdirSync(join(folder, 'captures'), { recursive: true })
  cpSync(CAPTURE, emulate, { recursive: true })
  writeFileSync(join(emulate, 'hostname.txt'), `${name}\n`)
  writeFileSync(join(emulate, 'machine-id.txt'), `${Buffer.from(name).toString('hex').padEnd(32, '0')}\n`)
  const answer = await fetch(`${at.server}/v1/enrollment-tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${at.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ group: 'web' }),
  })
  const { token } = (await answer.json()) as { token: string }
  // An agent keeps a journal beside its identity: each has a folder of its own.
  mkdirSync(join(folder, name))
  const identity = join(folder, name, 'identity.json')
  const io = recordedIo()
  const enrolled = await agentEnrollCommand({ server: at.server, token, identity, emulate }, io)
  const seen = enrolled === 0 && (await agentOnceCommand({ identity, emulate, wait: 0 }, io))
  if (seen !== 0) throw new Error(io.stderr())
}

function grown(head: Buffer, size: number): Buffer {
  return Buffer.concat([head, Buffer.alloc(size - head.length)])
}
