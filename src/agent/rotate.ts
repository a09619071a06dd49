import type { Session } from './session.ts'

/**
 * Changes the host's credential where it is time or the service wants it. It comes to nothing without harm: the
 * old one stays good until the new one was used, and the new one is used only once it is stored.
 *
 * Not while something waits to be said: the service keeps its answer to a message for the credential that asked.
 */
export async function rotate(session: Session): Promise<void> {
  const { keyring, client, spool, now, say, step } = session
  if (!keyring.due(now()) || (await spool.waiting()).length > 0) return
  const given = await client.credential()
  if (!given.ok) {
    keyring.postpone(now())
    say(`the credential was not changed: ${given.error.detail}`)
    return
  }
  await step('credential-issued')
  await keyring.take({ ...given.value, issued_at: new Date(now()).toISOString() })
  say('the credential was changed')
}
