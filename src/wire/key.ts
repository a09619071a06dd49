import { z } from 'zod'
import { pageOf } from './page.ts'
import { Timestamp, words } from './scalars.ts'

export const Role = z.enum(['viewer', 'operator', 'admin']).meta({ id: 'Role' })
export type Role = z.infer<typeof Role>

export const NewKey = z
  .strictObject({
    role: Role,
    name: words(100).min(1),
    expires_in: z.int().min(1).max(315_360_000).optional().describe('Seconds; absent: never.'),
  })
  .meta({ id: 'NewKey', examples: [{ role: 'viewer', name: 'dashboard', expires_in: 86400 }] })

export const Key = z
  .strictObject({
    id: z.string(),
    role: Role,
    name: z.string(),
    created_at: Timestamp,
    expires_at: Timestamp.nullable(),
    revoked_at: Timestamp.nullable(),
    last_used_at: Timestamp.nullable().describe('To the minute.'),
  })
  .meta({ id: 'Key' })
export type Key = z.infer<typeof Key>

export const MintedKey = Key.extend({ key: z.string().describe('Shown this once.') }).meta({
  id: 'MintedKey',
})
export const KeyPage = pageOf(Key, 'KeyPage')
