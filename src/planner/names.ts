/** The architectures that Berth knows, as plans and captures name them. */
export type ArchName = 'arm64' | 'x86_64'

export const SEGMENT_KINDS = [
  'kernel',
  'initrd',
  'dtb',
  'purgatory',
  'boot_params',
  'elfcorehdr',
  // These kexec-tools alone places, on x86_64.
  'backup',
  'efi_setup_data',
  'efi_map',
  'rng_seed',
  // These the kernel places before all others where it hands something on.
  'ima',
  'kho',
] as const
export type SegmentKind = (typeof SEGMENT_KINDS)[number]

export const PURPOSES = ['reboot', 'crash'] as const
export type Purpose = (typeof PURPOSES)[number]

export const STRATEGIES = ['pinned', 'kexec_file', 'kexec_tools'] as const
export type StrategyName = (typeof STRATEGIES)[number]

/** How a place came about; `random`: by policy, and never pinned. */
export const CHOSEN_BY = ['by-rule', 'kept-pin', 'new-pin', 'moved-pin', 'repinned', 'random'] as const
