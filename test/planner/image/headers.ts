/** A bzImage's first KiB with the fields that the loader reads; each can be spoilt by a test. */
export function bzImageHead(fields: {
  setupSects?: number
  kernelAlignment?: number
  prefAddress?: number
  initSize?: number
  version?: number
  xloadflags?: number
  loadflags?: number
  bootFlag?: number
  cmdlineSize?: number
}): Uint8Array {
  const head = new Uint8Array(4096)
  const view = new DataView(head.buffer)
  head[0x1f1] = fields.setupSects ?? 39
  view.setUint16(0x1fe, fields.bootFlag ?? 0xaa55, true)
  head.set([0x48, 0x64, 0x72, 0x53], 0x202)
  view.setUint16(0x206, fields.version ?? 0x20f, true)
  head[0x211] = fields.loadflags ?? 1
  view.setUint32(0x230, fields.kernelAlignment ?? 0x200000, true)
  view.setUint16(0x236, fields.xloadflags ?? 0x3f, true)
  view.setUint32(0x238, fields.cmdlineSize ?? 2047, true)
  view.setBigUint64(0x258, BigInt(fields.prefAddress ?? 0x1000000), true)
  view.setUint32(0x260, fields.initSize ?? 0x3f97000, true)
  return head
}

/** An arm64 Image's first 4 KiB with the fields that the loader reads. */
export function arm64Head(fields: { imageSize?: bigint; textOffset?: bigint; flags?: bigint }): Uint8Array {
  const head = new Uint8Array(4096)
  const view = new DataView(head.buffer)
  view.setBigUint64(8, fields.textOffset ?? 0n, true)
  view.setBigUint64(16, fields.imageSize ?? 0x660000n, true)
  view.setBigUint64(24, fields.flags ?? 0xan, true)
  head.set([0x41, 0x52, 0x4d, 0x64], 56)
  return head
}
