// A signed release: npm run release -- --key KEY.pem --out DIR [--built: dist is this commit's], and npm run release:verify -- --key PUBLIC.pem DIR
import { execFileSync } from 'node:child_process'
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { billOfLock } from './sbom.mjs'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const PAYLOAD_TYPE = 'application/vnd.in-toto+json'
const PREDICATE_TYPE = 'https://slsa.dev/provenance/v1'
const BUILD_TYPE = 'urn:berth:npm-pack:v1'
const PROVENANCE = 'provenance.intoto.json'

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

/**
 * How the files of a release came to be.
 *
 * Source: in-toto Statement v1; SLSA Provenance v1.
 */
export function statementOf(files, { commit, source, lock, node }) {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: files.map(({ name, bytes }) => ({ name, digest: { sha256: sha256(bytes) } })),
    predicateType: PREDICATE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: { commands: ['npm ci', 'npm run build', 'npm pack'] },
        resolvedDependencies: [
          { ...(source && { uri: source }), name: 'source', digest: { gitCommit: commit } },
          { name: 'package-lock.json', digest: { sha256: sha256(lock) } },
        ],
      },
      runDetails: { builder: { id: 'urn:berth:maintainer', version: { node } } },
    },
  }
}

/** What is signed: type and payload with their lengths. Source: DSSE 1.0, "pre-authentication encoding". */
export function encoded(type, payload) {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `
  return Buffer.concat([Buffer.from(head), payload])
}

/** Errors: throws on a key that is no private Ed25519 key. */
export function envelopeOf(statement, privatePem) {
  const key = createPrivateKey(privatePem)
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`the key is ${key.asymmetricKeyType}, not ed25519`)
  const payload = Buffer.from(JSON.stringify(statement))
  const signature = sign(null, encoded(PAYLOAD_TYPE, payload), key)
  return {
    payloadType: PAYLOAD_TYPE,
    payload: payload.toString('base64'),
    signatures: [{ keyid: keyIdOf(createPublicKey(key)), sig: signature.toString('base64') }],
  }
}

function keyIdOf(publicKey) {
  return sha256(publicKey.export({ type: 'spki', format: 'der' }))
}

/** What is wrong with a release, a sentence each; none where every file is what the holder of the key has signed. */
export function faultsOf(files, publicPem) {
  const bytesOf = new Map(files.map(({ name, bytes }) => [name, bytes]))
  const text = bytesOf.get(PROVENANCE)
  if (text === undefined) return [`${PROVENANCE} is not there`]
  let subject
  try {
    const { payloadType, payload, signatures } = JSON.parse(Buffer.from(text).toString())
    const key = createPublicKey(publicPem)
    const body = Buffer.from(payload, 'base64')
    const isSigned = signatures.some(({ sig }) =>
      verify(null, encoded(payloadType, body), key, Buffer.from(sig, 'base64')),
    )
    if (!isSigned || payloadType !== PAYLOAD_TYPE) return [`${PROVENANCE} is not signed by this key`]
    subject = JSON.parse(body.toString()).subject
  } catch (error) {
    return [`${PROVENANCE} cannot be read: ${error.message}`]
  }
  const named = new Set([PROVENANCE, ...subject.map(({ name }) => name)])
  return [
    ...subject.flatMap(({ name, digest }) => {
      const bytes = bytesOf.get(name)
      if (bytes === undefined) return [`${name} is not there`]
      return sha256(bytes) === digest.sha256 ? [] : [`${name} is not the file that was signed`]
    }),
    ...[...bytesOf.keys()].filter((name) => !named.has(name)).map((name) => `${name} was not signed`),
  ]
}

function read(folder) {
  return readdirSync(folder).map((name) => ({ name, bytes: readFileSync(join(folder, name)) }))
}

function run(command, argv) {
  return execFileSync(command, argv, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Packs what is built, with its list of parts and its provenance. Errors: throws where the checkout has changes. */
function make(keyFile, out, isBuilt) {
  const changes = run('git', ['status', '--porcelain']).trim()
  if (changes !== '') throw new Error(`a release is made of a commit; this checkout has changes:\n${changes}`)
  const key = readFileSync(keyFile)
  mkdirSync(out, { recursive: true })
  if (readdirSync(out).length > 0) throw new Error(`${out} is not empty`)
  if (!isBuilt) run('npm', ['run', 'build'])
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', out]))
  writeFileSync(
    join(out, filename.replace(/\.tgz$/, '.cdx.json')),
    `${JSON.stringify(billOfLock(), null, 2)}\n`,
  )
  const statement = statementOf(read(out), {
    commit: run('git', ['rev-parse', 'HEAD']).trim(),
    source: JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).repository?.url,
    lock: readFileSync(join(ROOT, 'package-lock.json')),
    node: process.version,
  })
  writeFileSync(join(out, PROVENANCE), `${JSON.stringify(envelopeOf(statement, key))}\n`)
  return read(out).map(({ name, bytes }) => `${sha256(bytes)}  ${name}`)
}

function main(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    options: { key: { type: 'string' }, out: { type: 'string' }, built: { type: 'boolean' } },
    allowPositionals: true,
  })
  const [what, folder] = positionals
  const isMake = what === 'make' && values.out !== undefined && folder === undefined
  const isVerify = what === 'verify' && folder !== undefined && values.out === undefined
  if (values.key === undefined || (!isMake && !isVerify)) {
    console.error(
      'usage: npm run release -- --key KEY.pem --out DIR\n       npm run release:verify -- --key PUBLIC.pem DIR',
    )
    return 2
  }
  if (isMake) {
    console.log(make(values.key, values.out, values.built).join('\n'))
    return 0
  }
  const faults = faultsOf(read(folder), readFileSync(values.key))
  console.log(faults.length === 0 ? 'every file is what was signed' : faults.join('\n'))
  return faults.length === 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = main(process.argv.slice(2))
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
