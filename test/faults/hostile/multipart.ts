import type { Random } from '../../fuzz/random.ts'
import type { HostileBody } from './body.ts'

const BOUNDARIES = [
  'x',
  '----WebKitFormBoundary7MA4YWxk',
  "'()+_,-./:=?",
  'x'.repeat(70),
  'x'.repeat(300),
  '"x y"',
]
const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  '',
  'boot_id',
  'boot-id',
  'iomem',
  'fdt',
  '../x',
  'x'.repeat(5000),
  'é\u0000',
]

/** Parts as a body of multipart/form-data, framed as it should be or nearly so. */
export function multipart(
  given: readonly (readonly [string, string | Uint8Array])[],
  random: Random,
): HostileBody {
  const boundary = random.once(3) ? random.pick(BOUNDARIES) : 'berth-boundary'
  const bare = boundary.replaceAll('"', '')
  const parts: (readonly [string, string | Uint8Array])[] = [...given]
  if (random.once(6)) parts.push([random.pick(NAMES), 'x'])
  if (random.once(8) && parts[0]) parts.push(parts[0])
  if (random.once(40)) parts.push(...Array.from({ length: 70 }, (_, i) => [`part${i}`, 'x'] as const))
  const eol = random.once(15) ? '\n' : '\r\n'
  const pieces = parts.flatMap(([name, content]) => [
    Buffer.from(`--${bare}${eol}${headOf(name, random).join(eol)}${eol}${eol}`),
    typeof content === 'string' ? Buffer.from(content) : content,
    Buffer.from(eol),
  ])
  const whole = Buffer.concat([...pieces, Buffer.from(`--${bare}--${eol}`)])
  return { bytes: spoilt(whole, random), type: typeOf(boundary, random) }
}

function headOf(name: string, random: Random): string[] {
  const file = random.once(3)
    ? `; filename="${random.pick(['x', '', '../../x', 'é', '\u0000', 'x'.repeat(300)])}"`
    : ''
  const head = [`content-disposition: form-data; name="${name}"${file}`]
  if (random.once(8))
    head.push(
      `content-type: ${random.pick(['text/plain', 'multipart/mixed; boundary=x', '', 'x'.repeat(200)])}`,
    )
  if (random.once(12))
    head.push(`content-transfer-encoding: ${random.pick(['base64', 'quoted-printable', 'x'])}`)
  if (random.once(20))
    head[0] = random.pick([
      '',
      'content-disposition: form-data',
      'content-disposition:',
      ':',
      'x'.repeat(20_000),
    ])
  return head
}

function spoilt(whole: Buffer, random: Random): Buffer {
  if (!random.once(4)) return whole
  switch (random.below(4)) {
    case 0:
      return whole.subarray(0, random.below(whole.length + 1))
    case 1:
      return whole.subarray(random.below(whole.length + 1))
    case 2:
      return Buffer.concat([Buffer.from('preamble\r\n'), whole, whole])
    default: {
      const at = random.below(whole.length)
      const out = Buffer.from(whole)
      out[at] = random.below(256)
      return out
    }
  }
}

function typeOf(boundary: string, random: Random): string {
  const other = random.pick([
    '',
    '; boundary',
    '; boundary=',
    `; boundary=y; boundary=${boundary}`,
    `;boundary="${boundary}`,
  ])
  return `multipart/form-data${random.once(12) ? other : `; boundary=${boundary}`}`
}
