import type { Schemas } from '../client/index.ts'
import type { PolicyRules } from '../wire/policy.ts'
import { atHost, hostNamed } from './host-named.ts'
import { EXIT, type ExitCode } from './io.ts'
import { policyRows, ruleText } from './policy-text.ts'
import { overApi, RemoteFailed, type Asked, type Remote, type RemoteOptions } from './remote.ts'
import { table } from './table.ts'

interface PolicyOptions extends RemoteOptions {
  /** An id, or a hostname that is unique; every scope where it is left out. */
  readonly host?: string | undefined
}

interface OfScope extends RemoteOptions {
  readonly scope: string
  readonly reason: string
}

/** The rules that the command line names; those that it does not name stay as they are. */
export interface NamedRules {
  readonly onBroken?: PolicyRules['on_broken']
  readonly headroom?: PolicyRules['headroom']
  /** False: nothing. */
  readonly random?: PolicyRules['random'] | false
  readonly rememberBoots?: number
  readonly keepSnapshots?: number
  readonly keepDays?: number
  /** Units: seconds. */
  readonly snapshotMaxAge?: number | 'none'
}

/** `berth policy [HOST]`: what every scope sets, or what holds for one host and where that comes from. */
export function policyCommand(asked: Asked<PolicyOptions>): Promise<ExitCode> {
  const { options } = asked
  return overApi('policy', asked, async (remote) => {
    if (options.host === undefined) {
      const page = await remote.list('/v1/policies')
      return remote.show(page, () => scopesText(page.items))
    }
    const { body } = await remote.get('/v1/hosts/{hostId}/policy', await atHost(remote, options.host))
    return remote.show(body, () => table(['rule', 'value', 'from'], policyRows(body)))
  })
}

/** `berth policy set SCOPE`: changes the rules that are named, if the scope is still what was read. */
export function policySetCommand(asked: Asked<OfScope & NamedRules>): Promise<ExitCode> {
  const { options } = asked
  return overApi('policy set', asked, async (remote) => {
    const scope = await scopeNamed(remote, options.scope)
    const before = await remote.find('/v1/policies/{scope}', { path: { scope } })
    const rules = changed(before?.body.rules ?? {}, options)
    const body = { rules, reason: options.reason }
    const changes = `the policy of ${options.scope}`
    const { body: policy } = await remote.send('put', '/v1/policies/{scope}', {
      path: { scope },
      body,
      etag: before?.etag ?? null,
      changes,
    })
    return remote.show(policy, () => scopesText([policy]))
  })
}

/** `berth policy clear SCOPE`: the wider scopes hold again. */
export function policyClearCommand(asked: Asked<OfScope>): Promise<ExitCode> {
  const { options } = asked
  return overApi('policy clear', asked, async (remote) => {
    const scope = await scopeNamed(remote, options.scope)
    const path = { scope }
    const { etag } = await remote.get('/v1/policies/{scope}', { path })
    const changes = `the policy of ${options.scope}`
    const query = { reason: options.reason }
    await remote.send('delete', '/v1/policies/{scope}', { path, query, etag, changes })
    return remote.say(`${options.scope} sets nothing now\n`)
  })
}

/** `berth policy history SCOPE`: everything that it ever set, by whom, when and why. */
export function policyHistoryCommand(
  asked: Asked<RemoteOptions & { readonly scope: string }>,
): Promise<ExitCode> {
  const { options } = asked
  return overApi('policy history', asked, async (remote) => {
    const scope = await scopeNamed(remote, options.scope)
    const page = await remote.list('/v1/policies/{scope}/history', { path: { scope } })
    const rows = page.items.map(({ generation, set_at, rules, set_by, reason }) => {
      return [String(generation), set_at, rules === null ? 'forgotten' : rulesText(rules), set_by, reason]
    })
    const text = table(['generation', 'set at', 'sets', 'set by', 'reason'], rows)
    return remote.show(page, () => text)
  })
}

/** A host's scope may name it by its hostname. */
async function scopeNamed(remote: Remote, scope: string): Promise<string> {
  return scope.startsWith('host:') ? `host:${await hostNamed(remote, scope.slice('host:'.length))}` : scope
}

function changed(before: PolicyRules, named: NamedRules): PolicyRules {
  const { onBroken, headroom, random, rememberBoots, snapshotMaxAge } = named
  const rules: PolicyRules = {
    ...(onBroken && { on_broken: onBroken }),
    ...(headroom && { headroom: { ...before.headroom, ...headroom } }),
    ...(random !== undefined && { random: random === false ? [] : random }),
    ...(rememberBoots !== undefined && { remember_boots: rememberBoots }),
    ...(snapshotMaxAge !== undefined && {
      snapshot_max_age_seconds: snapshotMaxAge === 'none' ? null : snapshotMaxAge,
    }),
    ...kept(before, named),
  }
  if (Object.keys(rules).length > 0) return { ...before, ...rules }
  throw new RemoteFailed('no rule is named: see berth policy set --help', EXIT.usage)
}

function kept(before: PolicyRules, { keepSnapshots, keepDays }: NamedRules): PolicyRules {
  if (keepSnapshots === undefined && keepDays === undefined) return {}
  const count = keepSnapshots ?? before.keep_snapshots?.count
  const days = keepDays ?? before.keep_snapshots?.days
  if (count !== undefined && days !== undefined) return { keep_snapshots: { count, days } }
  throw new RemoteFailed(
    '--keep-snapshots and --keep-days go together: this scope does not set the other yet',
    EXIT.usage,
  )
}

function scopesText(policies: readonly Schemas['Policy'][]): string {
  if (policies.length === 0) return 'no scope sets a policy: the defaults hold\n'
  const rows = policies.map(({ scope, rules, set_by, reason }) => {
    return [scope, rulesText(rules), set_by, reason]
  })
  return table(['scope', 'sets', 'set by', 'reason'], rows)
}

function rulesText(rules: PolicyRules): string {
  const named = Object.entries(rules).map(([rule, value]) => `${rule} ${ruleText(value)}`)
  return named.join('; ') || 'nothing'
}
