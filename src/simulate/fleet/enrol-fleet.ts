import { RACK_SIZE } from './asked.ts'
import type { Clock } from './clock.ts'
import type { FleetHost } from './fleet-host.ts'
import type { Operator } from './operator.ts'

/** Hosts that are taken in together. */
const AT_ONCE = 8

/** Takes every host in over `forMs`, and says in which rack it stands: their credentials are of an age of their own. */
export async function enrolFleet(
  hosts: readonly FleetHost[],
  { operator, clock, forMs }: { readonly operator: Operator; readonly clock: Clock; readonly forMs: number },
): Promise<void> {
  const { body } = await operator.must('POST', '/enrollment-tokens', {
    uses: hosts.length,
    expires_in: 2 * 86_400,
  })
  const { token } = body as { token: string }
  // One after the other: the order of their ids is the order of their names.
  for (const host of hosts) {
    await host.enroll(token)
    await clock.sleep(forMs / hosts.length)
  }
  const waiting = hosts.map((host, n) => ({ host, rack: `r${Math.floor(n / RACK_SIZE)}` }))
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const path = `/hosts/${next.host.id}`
      const { etag } = await operator.must('GET', path)
      await operator.must('PATCH', path, { labels: { rack: next.rack } }, etag ?? '')
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
