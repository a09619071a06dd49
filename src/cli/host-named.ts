import { RemoteFailed, type Remote } from './remote.ts'

/**
 * The id of a host that is named by its id or by its hostname.
 *
 * Errors: a hostname that no host has; one that several have, with their ids.
 */
export async function hostNamed(remote: Remote, name: string): Promise<string> {
  if (/^host_/.test(name)) return name
  const { items } = await remote.list('/v1/hosts', { query: { hostname: name } })
  const [only, ...more] = items
  if (!only) throw new RemoteFailed(`no host is called ${name}: \`berth hosts\` lists them`)
  if (more.length === 0) return only.id
  const lines = items.map((host) =>
    `\n  ${host.id} ${host.group === null ? '' : `(group ${host.group})`}`.trimEnd(),
  )
  throw new RemoteFailed(`${items.length} hosts are called ${name}, say which by its id:${lines.join('')}`)
}

/** What the paths of a host's part of the API take. */
export async function atHost(
  remote: Remote,
  name: string,
): Promise<{ readonly path: { readonly hostId: string } }> {
  return { path: { hostId: await hostNamed(remote, name) } }
}
