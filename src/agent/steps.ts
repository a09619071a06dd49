/**
 * Everything that an agent does between two moments at which it may be killed, in order; each name says what
 * has just been done. A test kills the agent after every one of them.
 */
export const STEPS = [
  'credential-issued',
  'credential-written',
  'snapshot-posted',
  'credential-adopted',
  'assignment-received',
  'signing-keys-written',
  'nonce-recorded',
  'snapshot-compared',
  'pre-load-hooks-run',
  'load-written',
  'load-returned',
  'load-compared',
  'loaded-written',
  'loaded-spooled',
  'loaded-reported',
  'pre-exec-hooks-run',
  'executing-written',
  'executing-spooled',
  'executing-reported',
  /** Only where the power is taken away. */
  'power-cycle-hooks-run',
  /** The last moment before the host goes: after it there is no agent until the next boot. */
  'exec-called',
  'reboot-called',
  'boot-up',
  'outcome-spooled',
  'outcome-reported',
  'post-boot-hooks-run',
  'outcome-written',
] as const
export type Step = (typeof STEPS)[number]

/** Told of every step as soon as it is done; what it waits for, the agent waits for. */
export type OnStep = (step: Step) => void | Promise<void>
