const STEP = 1024
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** A count of bytes in words, the exact one for whoever points at it. */
export function Bytes({ of }: { readonly of: number }) {
  return (
    <span class="nowrap" title={`${of} bytes`}>
      {bytesText(of)}
    </span>
  )
}

/** In the largest unit that it has one of; three digits at most behind it are not lost. */
export function bytesText(bytes: number): string {
  let [n, unit] = [bytes, 0]
  while (n >= STEP && unit + 1 < UNITS.length) [n, unit] = [n / STEP, unit + 1]
  return `${Number(n.toFixed(n < 10 ? 2 : 1))} ${UNITS[unit]}`
}
