import type { z } from 'zod'
import { newId } from '../../store/new-id.ts'
import type { EnrollmentToken } from '../../store/tokens.ts'
import type { Enrollment } from '../../wire/host.ts'
import { holds, mintBearer, readBearer } from '../bearer.ts'
import { RequestFailed } from '../failure.ts'
import type { SigningKey } from '../../wire/signing.ts'
import type { Outcome, Writing } from '../write.ts'

interface EnrolledWith {
  readonly signing_keys: readonly SigningKey[]
  /** The name in the client certificate that came along; null where none was accepted. */
  readonly certificate: string | null
}

/**
 * Trades a token for a host and its credential.
 *
 * A machine that is enrolled already may be a copy of it: the host is quarantined, which is kept although
 * the request is refused.
 *
 * Errors: `bad-enrollment-token` for one that is unknown, expired or used up, `already-enrolled`.
 */
export async function enrollHost(
  writing: Writing,
  hints: z.infer<typeof Enrollment>,
  { signing_keys, certificate }: EnrolledWith,
): Promise<Outcome> {
  const { rows, at, audit } = writing
  const { machine_id: machineId, hostname, arch, hardware_model: hardwareModel } = hints
  const token = await validToken(writing, hints.token)
  const live = await rows.hosts.ofMachine(machineId)
  if (live) {
    const stateReason = `machine ${machineId} enrolled again as ${hostname}`
    await rows.hosts.update(live.id, { state: 'quarantined', stateReason, stateSince: writing.at })
    await rows.rollouts.touchStarted()
    await rows.timeline.append(event(writing, live.id, { kind: 'quarantined', detail: stateReason }))
    await audit('host.quarantine', live.id, { token: token.id, hostname })
    return {
      kept: {
        code: 'already-enrolled',
        detail: 'this machine has a host already; an operator has to decide',
      },
    }
  }
  const id = newId('host', at)
  const { shown, hash } = mintBearer('host', id)
  await rows.hosts.insert({
    id,
    machineId,
    hostname,
    arch,
    hardwareModel,
    group: token.group,
    labels: {},
    state: 'active',
    stateReason: '',
    credentialHash: hash,
    certificate,
    bootedPlanId: null,
    pinGeneration: 0,
    createdAt: at,
  })
  await rows.timeline.append(event(writing, id, { kind: 'enrolled', detail: `as ${hostname}` }))
  await audit('host.enroll', id, { token: token.id, machine_id: machineId, certificate })
  return {
    status: 201,
    body: JSON.stringify({ host: id, credential: shown, signing_keys }),
    headers: { location: `/v1/hosts/${id}` },
  }
}

/** Takes one use of the token. */
async function validToken({ rows, at }: Writing, text: string): Promise<EnrollmentToken> {
  const bearer = readBearer(text)
  const token = bearer?.kind === 'enroll' ? await rows.tokens.get(`enr_${bearer.id}`) : null
  const known = bearer !== null && token !== null && holds(bearer.secret, token.secretHash)
  if (!known || token.expiresAt <= at || !(await rows.tokens.use(token.id))) {
    // Which of them is nobody's business.
    throw new RequestFailed({
      code: 'bad-enrollment-token',
      detail: 'the token is unknown, expired or used up',
    })
  }
  return token
}

function event({ at }: Writing, hostId: string, what: { kind: string; detail: string }) {
  return { id: newId('ev', at), hostId, at, ...what, plan: null, snapshot: null }
}
