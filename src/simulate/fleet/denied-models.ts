import type { FleetHost } from './fleet-host.ts'
import type { Operator } from './operator.ts'

/** Denies models kexec: their hosts go through firmware. */
export async function denyKexec(operator: Operator, models: readonly string[]): Promise<void> {
  for (const hardware_model of models) {
    await operator.must('POST', '/reboot-rules', {
      ...{ kind: 'denial', hardware_model, mode: 'kexec' },
      ...{ evidence: ['its network card does not come back'], reason: 'the simulation says so' },
    })
  }
}

/** The names of the hosts of these models. */
export function namesOf(hosts: readonly FleetHost[], models: readonly string[]): ReadonlySet<string> {
  return new Set(hosts.filter((h) => models.includes(h.hints.hardware_model)).map((h) => h.name))
}
