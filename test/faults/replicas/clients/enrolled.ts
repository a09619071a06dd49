import { bootedAt, snapshotOf, X86 } from '../../../http/fixtures.ts'
import { bodyOf, isGood, type Asked } from '../history.ts'
import { voiceOf, type Stage } from '../stage.ts'

/** A host that a client plays. */
export interface Host {
  readonly id: string
  readonly credential: string
}

/** Enrols a machine of its own; null where no answer came before the end. */
export async function enrolled(stage: Stage, client: string, machine: string): Promise<Host | null> {
  const hints = { machine_id: machine, hostname: machine, arch: 'x86_64', hardware_model: 'model' }
  const one = await voiceOf(
    stage,
    client,
  )({
    ...{ what: 'enrol', about: machine, mark: machine, method: 'POST', path: '/v1/agent/enroll' },
    body: { token: stage.token, ...hints },
    again: 'keyed',
  })
  if (!isGood(one)) return null
  const { host, credential } = bodyOf<{ host: string; credential: string }>(one)
  return { id: host, credential }
}

/** Posts what a boot shows; `kernel`: where it runs, where that is not where the capture has it. */
export function posted(
  stage: Stage,
  client: string,
  { id, credential }: Host,
  boot: string,
  { kernel, plan }: { readonly kernel?: number; readonly plan?: string } = {},
): Promise<Asked> {
  const body = kernel === undefined ? snapshotOf(X86, boot) : bootedAt(X86, kernel, { boot_id: boot })
  return voiceOf(
    stage,
    client,
  )({
    ...{ what: 'snapshot', about: id, mark: boot, method: 'POST', as: credential, body, again: 'keyed' },
    path: `/v1/hosts/${id}/snapshots${plan === undefined ? '' : `?plan=${plan}`}`,
  })
}
