import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../../src/config.ts'
import { ROOT } from './source-files.ts'

const ADMIN_KEY = `berth_admin_outside_${'0'.repeat(64)}`

interface Instruction {
  readonly name: string
  readonly words: string[]
  readonly stage: number
}

const dockerfile = readInstructions(readFileSync(join(ROOT, 'docker/Dockerfile'), 'utf8'))
const last = Math.max(...dockerfile.map(({ stage }) => stage))
const named = (name: string) => dockerfile.filter((instruction) => instruction.name === name)

describe('docker/Dockerfile', () => {
  test('knows no instruction that Docker does not', () => {
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'VOLUME', 'EXPOSE', 'HEALTHCHECK', 'CMD']
    expect(dockerfile.filter(({ name }) => !known.includes(name))).toEqual([])
  })

  test('builds in one stage and runs in another, on bases of a named version', () => {
    expect(last).toBe(2)
    for (const { words } of named('FROM')) expect(words[0]).toMatch(/^node:\d+(\.\d+)*-[a-z-]+$/)
  })

  test('copies only what is there and what .dockerignore lets in', () => {
    const sources = named('COPY')
      .filter(({ words }) => !words[0]?.startsWith('--from'))
      .flatMap(({ words }) => words.slice(0, -1))
    const letIn = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
    expect(sources.length).toBeGreaterThan(0)
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([])
    expect(
      sources.map((source) => `!${source.replace(/^\.\//, '')}`).filter((line) => !letIn.includes(line)),
    ).toEqual([])
  })

  test('runs as a user who is not root, from before its command on', () => {
    const users = named('USER').filter(({ stage }) => stage === last)
    expect(users.map(({ words }) => words)).toEqual([['node']])
    expect(dockerfile.findIndex(({ name }) => name === 'USER')).toBeLessThan(
      dockerfile.findIndex(({ name }) => name === 'CMD'),
    )
  })

  test('asks /readyz whether it is healthy, without a shell', () => {
    const [check, ...more] = named('HEALTHCHECK')
    expect(more).toEqual([])
    const command = JSON.parse((check?.words.join(' ') ?? '').replace(/^.*?CMD /, '')) as string[]
    expect(command.slice(0, 2)).toEqual(['node', '-e'])
    expect(command[2]).toContain('/readyz')
  })

  test('starts node itself, so that signals reach it', () => {
    expect(JSON.parse(named('CMD')[0]?.words.join(' ') ?? '')).toEqual(['node', 'dist/cli/berth.js', 'serve'])
  })

  test('installs what the lock file says', () => {
    expect(named('RUN').some(({ words }) => words.join(' ') === 'npm ci')).toBe(true)
  })
})

describe('docker/compose.yaml', () => {
  const { services, volumes } = parse(readFileSync(join(ROOT, 'docker/compose.yaml'), 'utf8'))
  const berth = services.berth

  test('builds the Dockerfile beside it', () => {
    const context = join(ROOT, 'docker', berth.build.context)
    expect(existsSync(join(context, berth.build.dockerfile))).toBe(true)
  })

  test('keeps the database in a volume that is declared', () => {
    const [volume, folder] = berth.volumes[0].split(':')
    expect(Object.keys(volumes)).toEqual([volume])
    expect(berth.environment.BERTH_DATABASE_URL).toBe(`file:${folder}/berth.db`)
    expect(named('VOLUME')[0]?.words).toEqual([folder])
  })

  test('publishes the port that the service listens on', () => {
    const inside = berth.ports[0].split(':').at(-1)
    expect(berth.environment.BERTH_PORT).toBe(inside)
    expect(named('EXPOSE')[0]?.words).toEqual([inside])
  })
})

describe('docker/compose.postgresql.yaml', () => {
  const { services, secrets, volumes } = parse(
    readFileSync(join(ROOT, 'docker/compose.postgresql.yaml'), 'utf8'),
  )
  const replicas = ['berth-1', 'berth-2'].map((name) => services[name])
  const balancer = readFileSync(join(ROOT, 'docker/haproxy.cfg'), 'utf8')

  test('starts replicas of the Dockerfile that a service would start with', () => {
    for (const { build, environment } of replicas) {
      expect(existsSync(join(ROOT, 'docker', build.context, build.dockerfile))).toBe(true)
      const given = Object.entries(environment as Record<string, string>).map(([name, value]) => [
        name,
        value.replace('${BERTH_ADMIN_KEY:?set it, so that no replica prints one}', ADMIN_KEY),
      ])
      expect(readConfig(Object.fromEntries(given)).databaseUrl).toMatch(/^postgresql:/)
    }
  })

  test('gives both the same keys to sign with', () => {
    for (const replica of replicas) {
      const [name] = replica.secrets
      expect(replica.environment.BERTH_SIGNING_KEY_FILE).toBe(`/run/secrets/${name}`)
      expect(Object.keys(secrets)).toContain(name)
    }
  })

  test('reaches PostgreSQL by the name, user and database that it has', () => {
    const { POSTGRES_USER, POSTGRES_DB } = services.postgresql.environment
    for (const { environment } of replicas) {
      expect(environment.BERTH_DATABASE_URL).toMatch(
        new RegExp(`^postgresql://${POSTGRES_USER}:.*@postgresql:5432/${POSTGRES_DB}$`),
      )
    }
    expect(services.postgresql.volumes[0].split(':')[0]).toBe(Object.keys(volumes)[0])
  })

  test('balances over every replica, by what /readyz says', () => {
    for (const name of ['berth-1', 'berth-2'])
      expect(balancer).toContain(`server ${name} ${name}:${services[name].environment.BERTH_PORT} check`)
    expect(balancer).toContain('option httpchk GET /readyz')
    const [published] = services.balancer.ports
    expect(balancer).toContain(`bind :${published.split(':').at(-1)}`)
  })
})

/** One instruction a logical line; a comment is none. */
function readInstructions(text: string): Instruction[] {
  let stage = 0
  return text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', ...words] = line.trim().split(/\s+/)
      if (name === 'FROM') stage++
      return { name, words, stage }
    })
}
