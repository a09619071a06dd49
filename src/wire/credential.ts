import { z } from 'zod'

export const HostCredential = z
  .strictObject({ credential: z.string().describe('Shown this once.') })
  .meta({ id: 'HostCredential' })
export type HostCredential = z.infer<typeof HostCredential>
