import type { ProblemCode } from '../wire/problem-code.ts'
import type { ProblemText } from './problem-texts.ts'

/** What keeps a plan from being made. */
export const PLANNING_TEXTS = {
  'no-hole': {
    means:
      'A segment has no place: no range that the loader may use is large enough, aligned enough and free.',
    todo: 'Read `refusals`: every range that was walked, and why it would not do. `change` says what the smallest change is that would make it fit. The picture of the refusal shows the same.',
  },
  'pin-broken': {
    means: 'A pinned place is no longer free, and policy does not let the pin move.',
    todo: 'Read `by`: what is there now. Let the pin move once, forget it, or let policy move pins (`on_broken: prefer`). `nearest` is where it would go.',
  },
  'no-common-ground': {
    means: 'No address suits all hosts of the group.',
    todo: 'Read `leave_out`: without these hosts there is one. `in_the_way` says what each of them has there.',
  },
  'kernel-too-short': {
    means: 'The file is too short to be a kernel image.',
    todo: 'Give the first 4 KiB of the image, and its real size.',
  },
  'kernel-compressed': {
    means: 'The image is compressed as a whole, and no kernel loads that by itself.',
    todo: 'Unpack it: arm64 takes `Image`, not `Image.gz`.',
  },
  'kernel-unknown': {
    means: 'The head of the file belongs to no image format that Berth knows.',
    todo: 'x86_64 takes a bzImage, arm64 an Image. `offset` is the byte at fault.',
  },
  'kernel-other-arch': {
    means: 'The image is for another architecture than the boot entry says.',
    todo: 'Correct the architecture, or take the right image.',
  },
  'kernel-32-bit': {
    means: 'The image has no 64-bit entry point.',
    todo: 'Build it with CONFIG_X86_64.',
  },
  'kernel-not-loadable': {
    means: 'The image says of itself that it cannot be loaded where kexec would load it.',
    todo: 'Read `expected` and `found`. Build it relocatable.',
  },
  'arch-mismatch': {
    means: 'Host, snapshot and boot entry are not all of one architecture.',
    todo: 'Take a boot entry for the architecture of the host.',
  },
  'cmdline-too-long': {
    means: 'The command line is longer than that kernel takes.',
    todo: 'Shorten it; `detail` has both lengths.',
  },
  'initrd-too-large': {
    means: 'The initrd is larger than any place that this kernel could take it from.',
    todo: 'Make it smaller: `change` says by how much.',
  },
  'initrd-too-far': {
    means: 'The only free places for the initrd lie further from the kernel than it can reach.',
    todo: 'Make the initrd smaller, or free memory near the kernel.',
  },
  'over-half-of-ram': {
    means: 'The kernel refuses loads that take more than half of all memory.',
    todo: 'Make the initrd smaller.',
  },
  'no-crashkernel': {
    means: 'The running kernel has reserved no memory for a crash kernel.',
    todo: 'Boot it with `crashkernel=`: `change` has the value that would do.',
  },
  'fdt-missing': {
    means: 'On this host the loader needs the device tree, and the snapshot has none.',
    todo: 'Capture `/sys/firmware/fdt` too; it takes root.',
  },
  'memblock-missing': {
    means: 'This kernel chooses by its memblock lists, and the snapshot has none.',
    todo: 'Capture `/sys/kernel/debug/memblock/`; debugfs must be mounted.',
  },
  'unknown-rules': {
    means: 'No rules are known for this kernel release.',
    todo: 'Update Berth, or calibrate with the log of one trial load: `berth calibrate`.',
  },
  'exception-without-evidence': {
    means:
      'The exception would allow memory that the next boot may still need: the boot entry does not show that it does without.',
    todo: 'Show it in the boot entry (`acpi=off`, or a device tree without UEFI), or leave the exception away.',
  },
  'exception-expired': {
    means: 'The exception has ended; a plan that goes by it is no longer handed out.',
    todo: 'Have it approved anew, or plan without it.',
  },
} as const satisfies Partial<Record<ProblemCode, ProblemText>>
