type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type JsonObject = { [name: string]: Json }

const REF = '#/components/schemas/'

/**
 * Tidies the generated document: of each schema's two forms, what is sent and what is received, the second
 * goes where it says the same or is all that is used; what nothing refers to goes, and the rest has the order of its names; reads tell of their ETag.
 */
export function finishDocument(document: object): object {
  const whole = JSON.parse(JSON.stringify(document)) as JsonObject
  const components = whole['components'] as { [name: string]: JsonObject }
  const schemas = components['schemas'] ?? {}
  conditionalReads(whole['paths'] as JsonObject)
  const used = reachable(told(whole), schemas)
  const merged = new Map<string, string>()
  for (const name of Object.keys(schemas)) {
    const twin = name.replace(/Input$/, '')
    if (twin === name || !(twin in schemas)) continue
    if (!used.has(twin) || sameMeaning(schemas[name] as Json, schemas[twin] as Json)) merged.set(name, twin)
  }
  for (const [name, twin] of merged) if (used.has(name)) schemas[twin] = schemas[name] as Json
  const renamed = mapRefs(whole, (name) => merged.get(name) ?? name) as JsonObject
  const left = (renamed['components'] as { [name: string]: JsonObject })['schemas'] ?? {}
  const needed = reachable(told(renamed), left)
  // In the order of their names: which module was imported first is nothing that a contract should tell.
  const names = Object.keys(left).filter((name) => needed.has(name))
  const schemasInOrder = Object.fromEntries(names.sort().map((name) => [name, left[name] as Json]))
  const inOrder = { ...(renamed['components'] as JsonObject), schemas: schemasInOrder }
  return { ...renamed, components: inOrder }
}

/** Every GET has a strong ETag and answers 304. */
function conditionalReads(paths: JsonObject): void {
  for (const path of Object.values(paths) as JsonObject[]) {
    const read = path['get'] as JsonObject | undefined
    if (!read) continue
    const responses = read['responses'] as { [status: string]: JsonObject }
    // What goes on for as long as somebody listens has no digest, and what counts requests is never the same twice.
    const types = Object.keys((responses['200']?.['content'] ?? {}) as JsonObject)
    if (types.length === 1 && /^text\/(event-stream|plain)$/.test(types[0] ?? '')) continue
    const etag = { description: 'Strong.', schema: { type: 'string' } }
    responses['304'] = {
      description: 'Not modified since the ETag of If-None-Match.',
      headers: { ETag: etag },
    }
    if (responses['200']) responses['200']['headers'] = { ETag: etag }
    const parameters = (read['parameters'] ?? []) as Json[]
    const header = { in: 'header', name: 'if-none-match', required: false, schema: { type: 'string' } }
    read['parameters'] = [...parameters, header]
  }
}

/** Equal but for which twin their references name. */
function sameMeaning(a: Json, b: Json): boolean {
  const plain = (json: Json) => JSON.stringify(mapRefs(json, (name) => name.replace(/Input$/, '')))
  return plain(a) === plain(b)
}

function mapRefs(json: Json, rename: (name: string) => string): Json {
  if (Array.isArray(json)) return json.map((item) => mapRefs(item, rename))
  if (json === null || typeof json !== 'object') return json
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) =>
      name === '$ref' && typeof value === 'string' && value.startsWith(REF)
        ? [name, REF + rename(value.slice(REF.length))]
        : [name, mapRefs(value, rename)],
    ),
  )
}

/** What the service answers, and what it sends by itself. */
function told({ paths = {}, webhooks = {} }: JsonObject): Json {
  return [paths, webhooks]
}

function reachable(from: Json, schemas: JsonObject): Set<string> {
  const found = new Set<string>()
  const visit = (json: Json) =>
    mapRefs(json, (name) => {
      if (!found.has(name)) {
        found.add(name)
        visit(schemas[name] ?? null)
      }
      return name
    })
  visit(from)
  return found
}
