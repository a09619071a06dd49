// What is installed with Berth, as CycloneDX: npm run sbom [-- FILE]
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('../', import.meta.url)

/**
 * What `npm ci --omit=dev` installs by this lock file, as a list of `name@version`.
 *
 * Errors: throws on another lock file than npm's, of version 3.
 */
export function installed({ lockfileVersion, packages }) {
  if (lockfileVersion !== 3) throw new Error(`a lock file of version 3 is expected, not ${lockfileVersion}`)
  const names = Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev)
    .map(([path, { version, name }]) => `${name ?? path.replace(/^.*node_modules\//, '')}@${version}`)
  return [...new Set(names)].sort()
}

/**
 * npm's own list of everything, without what only developers have. `npm sbom --omit=dev` would leave out what both have: a
 * package that it meets as a developer's first.
 *
 * The same lock file gives the same bytes: no time, and a serial number that follows from it.
 */
export function bill(all, lock, { name }) {
  const wanted = new Set(installed(lock))
  const components = all.components.filter((one) => wanted.has(`${one.name}@${one.version}`))
  const root = all.metadata.component['bom-ref']
  const refs = new Set([root, ...components.map((one) => one['bom-ref'])])
  const dependencies = all.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }))
  // npm names the root after the folder that it lies in.
  const component = { ...all.metadata.component, type: 'application', name }
  const metadata = { ...all.metadata, component }
  delete metadata.timestamp
  return { ...all, serialNumber: serialOf(lock), metadata, components, dependencies }
}

/** A UUID that follows from a lock file. Source: RFC 9562, version 8. */
function serialOf(lock) {
  const hex = createHash('sha256').update(JSON.stringify(lock)).digest('hex')
  const variant = ((Number.parseInt(hex[16], 16) % 4) + 8).toString(16)
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20)]
  return `urn:uuid:${parts.join('-')}-${hex.slice(20, 32)}`
}

/** The bill of this checkout's lock file. */
export function billOfLock() {
  const read = (name) => JSON.parse(readFileSync(new URL(name, ROOT), 'utf8'))
  const argv = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']
  const printed = execFileSync('npm', argv, {
    cwd: fileURLToPath(ROOT),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return bill(JSON.parse(printed), read('package-lock.json'), read('package.json'))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? 'sbom.cdx.json'
  const made = billOfLock()
  writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`)
  console.log(`${made.components.length} components, CycloneDX ${made.specVersion}: ${file}`)
}
