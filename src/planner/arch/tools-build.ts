/**
 * Sizes that depend on how kexec-tools itself was built: those of Debian's package. Units: bytes.
 * Source: read off what version 2.0.25 printed on the captures.
 */
export const TOOLS_BUILD = {
  version: '2.0.25',
  arm64Purgatory: 0x3558,
  x8664Purgatory: 0x70e0,
} as const

/** elfcorehdr of kexec-tools grows in steps of this. */
export const TOOLS_ELF_STEP = 1024
