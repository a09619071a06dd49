import { z } from 'zod'
import { EXCEPTION_KINDS } from '../planner/plan/exception.ts'
import { GroupName } from './host.ts'
import { pageOf, PageQuery } from './page.ts'
import { HostId, idOf, Reason, Timestamp, words } from './scalars.ts'

export const ExceptionId = idOf('exc')

export const ExceptionKind = z.enum(EXCEPTION_KINDS).meta({
  id: 'ExceptionKind',
  description:
    'acpi-tables: for a boot without ACPI. uefi-map: the UEFI memory map, for a boot by a device tree without UEFI.',
})

/** For one host, or for all of a group. */
export const ExceptionScope = z
  .union([z.strictObject({ host: HostId }), z.strictObject({ group: GroupName })])
  .meta({ id: 'ExceptionScope' })

const given = {
  kind: ExceptionKind,
  scope: ExceptionScope,
  policy: words(200).min(1).describe('The policy under which it is given.'),
  approver: words(200).min(1).describe('Who answers for it.'),
  reason: Reason,
  expires_at: Timestamp.describe('After this no plan may use it, nor be assigned that does.'),
}

export const NewException = z.strictObject(given).meta({
  id: 'NewException',
  examples: [
    {
      kind: 'acpi-tables',
      scope: { group: 'web' },
      policy: 'POL-7 boot without ACPI',
      approver: 'kernel-team',
      reason: 'the low memory is needed for the initrd',
      expires_at: '2099-01-01T00:00:00.000Z',
    },
  ],
})

export const ApprovedException = z
  .strictObject({ id: ExceptionId, ...given, created_at: Timestamp, created_by: z.string() })
  .meta({ id: 'ApprovedException' })
export type ApprovedException = z.infer<typeof ApprovedException>

export const ExceptionPage = pageOf(ApprovedException, 'ExceptionPage')
export const ExceptionQuery = PageQuery.extend({ host: HostId.optional(), group: GroupName.optional() })
export const ExceptionParams = z.strictObject({ exceptionId: ExceptionId })
