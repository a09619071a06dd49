import { z } from 'zod'

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 }

/** A count of bytes as people write it: `65536`, `64K`, `14.5 MiB`, `2G`. Units: bytes. */
export const SizeField = z.string().transform((text, context) => {
  const [, digits = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\s*$/i.exec(text) ?? []
  const bytes = Math.round(Number(digits) * (UNITS[unit.toLowerCase()] ?? 1))
  if (digits !== '' && Number.isSafeInteger(bytes)) return bytes
  context.addIssue({ code: 'custom', message: 'expected a size, as 65536, 64K, 14.5 MiB or 2G' })
  return z.NEVER
})
