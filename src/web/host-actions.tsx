import type { Host } from '../wire/host.ts'
import { Act } from './act.tsx'

/** What an operator may do to a host. */
export function HostActions({ host, csrf }: { readonly host: Host; readonly csrf: string }) {
  const path = `/hosts/${host.id}`
  return (
    <>
      {host.state === 'quarantined' && (
        <Act action={`${path}/release`} csrf={csrf} does="Release from quarantine" reason />
      )}
      {host.opt_out ? (
        <Act action={`${path}/opt-in`} csrf={csrf} does="Let rollouts reboot it again" />
      ) : (
        <details class="actions">
          <summary>Leave this host alone</summary>
          <Act action={`${path}/opt-out`} csrf={csrf} does="Leave it alone" tone="quiet" reason />
        </details>
      )}
    </>
  )
}
