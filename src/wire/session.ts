import { z } from 'zod'
import { Role } from './key.ts'
import { Timestamp } from './scalars.ts'

export const Session = z
  .strictObject({
    id: z.string(),
    key: z.string().describe('The id of the key that it was traded for; with that it ends too.'),
    role: Role,
    name: z.string().describe("The key's."),
    created_at: Timestamp,
    expires_at: Timestamp,
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

export const MintedSession = Session.extend({
  token: z.string().describe('A bearer credential in place of the key. Shown this once.'),
}).meta({ id: 'MintedSession' })
export type MintedSession = z.infer<typeof MintedSession>
