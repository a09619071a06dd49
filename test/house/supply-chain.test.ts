import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import addFormats from 'ajv-formats'
import { Ajv } from 'ajv'
import { beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from './source-files.ts'

interface Locked {
  readonly version: string
  readonly integrity?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly dev?: boolean
}
interface Lock {
  readonly lockfileVersion: number
  readonly packages: Readonly<Record<string, Locked>>
}
type Wanted = Readonly<Record<string, string>>
interface Manifest {
  readonly dependencies: Wanted
  readonly devDependencies: Wanted
  readonly overrides: Readonly<Record<string, Wanted>>
}
interface Component {
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
  readonly 'bom-ref': string
}
interface Bill {
  readonly bomFormat: string
  readonly specVersion: string
  readonly metadata: { readonly component: { readonly name: string } }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

const read = <T>(path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T
const lock = read<Lock>('package-lock.json')
const manifest = read<Manifest>('package.json')
const packages = Object.entries(lock.packages).filter(([path]) => path !== '')

/** Node runs these as they are, without types: they must work before anything is built. */
const script = async <T>(name: string) =>
  (await import(/* @vite-ignore */ new URL(`../../.ci/${name}`, import.meta.url).href)) as T
const sbom = await script<{
  billOfLock(): Bill
  bill(all: Bill, lock: Lock, manifest: { name: string }): Bill
  installed(lock: Lock): string[]
}>('sbom.mjs')
const audit = await script<{
  verdictOf(printed: string): { kind: string }
  told(verdict: object): { text: string; code: number }
}>('audit.mjs')

describe('what is installed', () => {
  test('every dependency has one exact version', () => {
    const { dependencies, devDependencies, overrides } = manifest
    const ours = Object.keys({ ...dependencies, ...devDependencies }).map((name) => `$${name}`)
    const all = [dependencies, devDependencies, ...Object.values(overrides)].flatMap((some) =>
      Object.entries(some),
    )
    expect(all.length).toBeGreaterThan(40)
    const loose = all.filter(
      ([, wanted]) => !ours.includes(wanted) && !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(wanted),
    )
    expect(loose).toEqual([])
  })

  test('the lock file has what the manifest wants', () => {
    const { dependencies, devDependencies } = manifest
    expect(lock.packages['']).toMatchObject({ dependencies, devDependencies })
    const other = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version,
    )
    expect(other).toEqual([])
  })

  test('every package of the lock file is known by its SHA-512', () => {
    expect(lock.lockfileVersion).toBe(3)
    const unknown = packages.filter(
      ([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''),
    )
    expect(unknown.map(([path]) => path)).toEqual([])
  })

  test('no package comes from elsewhere than the registry that whoever installs has chosen', () => {
    const elsewhere = packages.filter(
      ([, { resolved, link }]) =>
        link === true || (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')),
    )
    expect(elsewhere).toEqual([])
  })

  test('no package runs anything when it is installed', () => {
    expect(readFileSync(join(ROOT, '.npmrc'), 'utf8')).toBe('ignore-scripts=true\n')
  })
})

describe('the bill of materials', () => {
  let bill: Bill
  beforeAll(() => {
    bill = sbom.billOfLock()
  })

  test('is CycloneDX, as its schema has it', () => {
    const schema = (name: string) =>
      read<object>(`node_modules/@cyclonedx/cyclonedx-library/res/schema/${name}.SNAPSHOT.schema.json`)
    const ajv = new Ajv({ strict: false })
    addFormats.default(ajv)
    for (const format of ['idn-email', 'iri-reference']) ajv.addFormat(format, true)
    ajv.addSchema(schema('spdx'), 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json')
    ajv.addSchema(schema('jsf-0.82'), 'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json')
    const isValid = ajv.compile(schema(`bom-${bill.specVersion}`))
    expect([isValid(bill), isValid.errors]).toEqual([true, null])
    expect(isValid({ ...bill, components: [{ name: 'without a type' }] })).toBe(false)
  })

  test('names every package that is installed with Berth, and none that only developers have', () => {
    const named = bill.components.map(({ name, version }) => `${name}@${version}`)
    expect(named.sort()).toEqual(sbom.installed(lock))
    for (const [name, version] of Object.entries(manifest.dependencies))
      expect(named).toContain(`${name}@${version}`)
    expect(named.filter((one) => /^(vitest|eslint|typescript-eslint)@/.test(one))).toEqual([])
  })

  test('tells the hash that the lock file has', () => {
    const hashes = new Set(packages.map(([, { integrity = '' }]) => hexOf(integrity)))
    const other = bill.components.filter(
      ({ hashes: told }) => !told?.some(({ alg, content }) => alg === 'SHA-512' && hashes.has(content)),
    )
    expect(other.map(({ name }) => name)).toEqual([])
  })

  test('is about Berth, whatever the folder is called, and refers to nothing that is not in it', () => {
    expect(bill.metadata.component.name).toBe('berth')
    const refs = bill.components.map((one) => one['bom-ref'])
    const asked = bill.dependencies.flatMap(({ dependsOn }) => dependsOn)
    expect(asked.filter((ref) => !refs.includes(ref))).toEqual([])
    expect(new Set(refs).size).toBe(refs.length)
  })

  test('is the same for the same lock file', () => {
    expect(JSON.stringify(sbom.billOfLock())).toBe(JSON.stringify(bill))
  })
})

function hexOf(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex')
}

describe('the audit of dependencies', () => {
  const report = (...severities: readonly string[]) =>
    JSON.stringify({
      auditReportVersion: 2,
      vulnerabilities: Object.fromEntries(
        severities.map((severity, i) => [
          `p${i}`,
          { name: `p${i}`, severity, range: '<2', via: [], nodes: [] },
        ]),
      ),
      metadata: { vulnerabilities: {}, dependencies: { prod: 7, total: 7 } },
    })
  const refused = {
    message: '405 Method Not Allowed - POST https://x/advisories',
    statusCode: 405,
    error: {},
  }
  const offline = { error: { code: 'ENOTFOUND', summary: 'request failed', detail: '' } }

  test.each<[why: string, printed: string, kind: string, code: number, says: string]>([
    ['nothing is known', report(), 'clean', 0, '7 dependencies were looked at, 0 are named'],
    ['only what is moderate', report('low', 'moderate'), 'clean', 0, 'moderate: p1 <2'],
    ['one is high', report('low', 'high'), 'vulnerable', 1, 'high: p1 <2'],
    ['one is critical', report('critical'), 'vulnerable', 1, 'critical: p0 <2'],
    ['a registry without an answer', JSON.stringify(refused), 'unanswered', 0, 'NOT CHECKED: '],
    ['no registry at all', JSON.stringify(offline), 'unanswered', 0, 'NOT CHECKED: '],
  ])('%s', (_why, printed, kind, code, says) => {
    const verdict = audit.verdictOf(printed)
    const told = audit.told(verdict)
    expect([verdict.kind, told.code]).toEqual([kind, code])
    expect(told.text).toContain(says)
  })

  test.each<[why: string, printed: string]>([
    ['nothing', ''],
    ['no JSON', 'npm error'],
    ['JSON that says nothing', '{}'],
    ['a report of another version', report().replace('"auditReportVersion":2', '"auditReportVersion":3')],
    ['a severity that nobody knows', report('dreadful')],
  ])('is not taken for clean: %s', (_why, printed) => {
    expect(() => audit.verdictOf(printed)).toThrow('npm audit')
  })
})
