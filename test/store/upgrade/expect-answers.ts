import { expect } from 'vitest'
import { document, type Api } from '../../http/api.ts'
import type { Contents } from './contents.ts'

/** Whose ids lists answer, by the first page of each. */
const LISTS: readonly (readonly [table: string, column: string, path: string])[] = [
  ['ApiKey', 'id', '/v1/keys'],
  ['EnrollmentToken', 'id', '/v1/enrollment-tokens'],
  ['Host', 'id', '/v1/hosts'],
  ['BootEntry', 'id', '/v1/boot-entries'],
  ['AuditEntry', 'id', '/v1/audit'],
  ['ApprovedException', 'id', '/v1/exceptions'],
  ['Policy', 'scope', '/v1/policies'],
  ['Rollout', 'id', '/v1/rollouts'],
  ['Lease', 'id', '/v1/leases'],
  ['LeasePool', 'name', '/v1/lease-pools'],
  ['RebootRule', 'id', '/v1/reboot-rules'],
  ['Webhook', 'id', '/v1/webhooks'],
]

/** Operands of paths, by the columns that have them. */
const OPERANDS: Readonly<Record<string, readonly [table: string, column: string]>> = {
  hostId: ['Host', 'id'],
  planId: ['Plan', 'id'],
  bootEntryId: ['BootEntry', 'id'],
  exceptionId: ['ApprovedException', 'id'],
  rolloutId: ['Rollout', 'id'],
  ruleId: ['RebootRule', 'id'],
  webhookId: ['Webhook', 'id'],
  pool: ['LeasePool', 'name'],
  scope: ['Policy', 'scope'],
  pausedScope: ['Pause', 'scope'],
}

/** More of one kind answer no differently. */
const MOST_OF_ONE = 2

/** Asks for everything that can be asked for: lists have all that the rows say, and no answer is a fault. */
export async function expectAnswers(api: Api, rows: Contents, admin: string): Promise<void> {
  const get = (path: string) => api.call({ method: 'get', path, as: admin })
  const values = (table: string, column: string) => (rows.get(table) ?? []).map((row) => row[column] ?? '')
  for (const [table, column, path] of LISTS) {
    const { body } = await get(`${path}?limit=500`)
    const told = (body.items as Record<string, string>[]).map((item) => item[column])
    expect([path, told]).toEqual([path, expect.arrayContaining(values(table, column))])
  }
  for (const template of Object.keys(document.paths)) {
    const [, operand = ''] = /^[^{]*\{(\w+)\}[^{]*$/.exec(template) ?? []
    const at = OPERANDS[operand]
    if (!document.paths[template]?.['get'] || !at) continue
    for (const value of values(...at).slice(0, MOST_OF_ONE)) {
      const query = template.includes('/placements') ? `?boot_entry=${values('BootEntry', 'id')[0]}` : ''
      const { status, text } = await get(`${template.replace(/\{\w+\}/, value)}${query}`)
      // A host that has sent nothing yet, or a pause that has ended.
      const fine = template.includes('{hostId}/') || operand === 'pausedScope' ? [200, 404, 409] : [200]
      expect([template, value, fine.includes(status) ? 'fine' : text]).toEqual([template, value, 'fine'])
    }
  }
  for (const { id, hostId } of (rows.get('Snapshot') ?? []).slice(0, MOST_OF_ONE)) {
    expect((await get(`/v1/hosts/${hostId}/snapshots/${id}`)).status).toBe(200)
    expect((await get(`/v1/hosts/${hostId}/snapshots/${id}/map`)).status).toBe(200)
  }
}
