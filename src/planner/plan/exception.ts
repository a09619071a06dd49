/** Protected memory that a boot may do without: the tables when it boots without ACPI, the map when without UEFI. */
export const EXCEPTION_KINDS = ['acpi-tables', 'uefi-map'] as const
export type ExceptionKind = (typeof EXCEPTION_KINDS)[number]

/** A named permission, in wire form. Whether its evidence holds is found in the boot entry at every plan. */
export interface Exception {
  readonly kind: ExceptionKind
  /** The policy under which it was given. */
  readonly policy: string
  readonly approver: string
  readonly reason: string
  /** RFC 3339; whoever asks for a plan leaves out what has expired. */
  readonly expires_at: string
}

/** An exception as a plan shows it: with what in the boot entry justifies it, and the bytes that it frees. */
export interface UsedException extends Exception {
  readonly evidence: string
  readonly ranges: readonly { readonly start: string; readonly last: string }[]
}
