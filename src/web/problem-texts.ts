import type { ProblemCode } from '../wire/problem-code.ts'

/** What a problem means, and what whoever got it can do. */
export interface ProblemText {
  readonly means: string
  readonly todo: string
}

/** Every code of the contract: one that is not described here does not compile. */
export const PROBLEM_TEXTS: Readonly<Record<ProblemCode, ProblemText>> = {
  'invalid-input': {
    means: 'A parameter, a header or a field of the body is not as the contract says.',
    todo: 'Read `errors`: each names the place and what is wrong there. Nothing was done.',
  },
  'malformed-body': {
    means: 'The body could not be read at all: it is empty, breaks off, or is not JSON.',
    todo: 'Send the body again, whole, with the Content-Type that it has.',
  },
  'bad-snapshot': {
    means:
      'A file of the snapshot has a line that Berth does not understand. A skipped line would make a map with less in it than there is, so nothing was kept.',
    todo: 'Read `errors`: file, line, column, what was expected and what stood there. Read the files as root: without privileges the kernel shows zeros for addresses.',
  },
  'bad-cursor': {
    means: 'The cursor was made for another list or another filter.',
    todo: 'Begin again without a cursor, and change nothing but the cursor from page to page.',
  },
  unauthenticated: {
    means: 'No credential came along, or one that nobody has, or that has ended or was revoked.',
    todo: 'Send `Authorization: Bearer <key>`. On pages: sign in again.',
  },
  'bad-enrollment-token': {
    means: 'The token is unknown, used up or over.',
    todo: 'Make a new one: `POST /v1/enrollment-tokens`.',
  },
  forbidden: {
    means: 'The credential is good, but its role may not do this.',
    todo: 'Use a key of the role that `detail` names. Hosts may act for themselves alone.',
  },
  'host-quarantined': {
    means:
      'The machine enrolled twice, or something else made its identity doubtful. It may do nothing until somebody has looked.',
    todo: 'Find out which of the two is real, then release the host with a reason.',
  },
  'no-such-route': {
    means: 'There is nothing at this path.',
    todo: 'Compare the path with the contract at `/docs`. It may belong to a newer release.',
  },
  'not-found': {
    means: 'What the path names is not there, or not for this credential.',
    todo: 'Look for it in its list. A deleted host takes its snapshots, plans and pins along.',
  },
  'method-not-allowed': {
    means: 'The path is there, but does not take this method.',
    todo: 'Use one of those in the `Allow` header.',
  },
  'already-enrolled': {
    means: 'A live host has this machine id. Both might be real, so the host is in quarantine now.',
    todo: 'Give each machine an id of its own (images must not carry one), or release the host and let its agent go on with the credential that it has.',
  },
  'not-quarantined': {
    means: 'The host is not in quarantine, so there is nothing to release.',
    todo: 'Nothing: somebody else may have released it.',
  },
  'no-snapshot': {
    means: 'The host has never told what its memory looks like, so nothing can be planned.',
    todo: 'Start its agent, or post a capture: `berth capture`.',
  },
  'stale-plan': {
    means: 'The plan was made from a boot that is over, or from memory that has changed since.',
    todo: 'Make a new plan from the newest snapshot. The old one stays readable.',
  },
  'wrong-plan-state': {
    means: 'What is reported or asked does not follow from where the plan stands.',
    todo: 'Read `GET /v1/plans/{id}/state`. A report that came twice has been counted once.',
  },
  'wrong-rollout-state': {
    means: 'The command does not follow from where the rollout stands.',
    todo: 'Read `state` and `allowed`: the second lists what may be asked of it now.',
  },
  'own-approval': {
    means: 'Who wrote a rollout does not approve it.',
    todo: 'Ask somebody else, with a key of his own.',
  },
  'approved-already': {
    means: 'This key has approved the rollout already; each counts once.',
    todo: 'Wait for the others, or ask them.',
  },
  'not-now': {
    means:
      'The host was granted a reboot, but when it was about to jump a gate had closed: a window, a freeze, a pause, the brake or its lease.',
    todo: 'Nothing: the agent unloads and asks again. `gates` shows each gate and why.',
  },
  'request-in-flight': {
    means: 'The first request with this Idempotency-Key still runs.',
    todo: 'Wait a moment and send the same again: you will get the answer of the first.',
  },
  'precondition-failed': {
    means: 'It has changed since you read it.',
    todo: 'Read it again, look whether your change still makes sense, and send its new ETag in If-Match.',
  },
  'body-too-large': {
    means: 'The body is larger than this service takes.',
    todo: 'Send less, or raise `BERTH_BODY_LIMIT`. A kernel need not be sent whole: its first 4 KiB are enough.',
  },
  'unsupported-media-type': {
    means: 'The route does not read this Content-Type.',
    todo: 'Send `application/json`; for snapshots and boot entries also `multipart/form-data`.',
  },
  'idempotency-key-reused': {
    means: 'This Idempotency-Key came before with another request or another credential.',
    todo: 'Take a new key for a new request.',
  },
  'not-assignable': {
    means: 'This plan cannot be handed to an agent.',
    todo: 'Read `detail`. Only plans to reboot with are assigned, and only those that an agent can load.',
  },
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
  'precondition-required': {
    means: 'What you change could have changed since you read it, and you do not say which state you saw.',
    todo: 'Send `If-Match` with the ETag that came with it.',
  },
  'too-many-requests': {
    means: 'The budget of this credential for this minute is used up.',
    todo: 'Wait as long as `Retry-After` says. Agents do so by themselves.',
  },
  internal: {
    means: 'Something went wrong in the service itself. Nothing of a half-done write stays.',
    todo: 'Try again; if it stays so, look for the request id in the log of the service.',
  },
  unavailable: {
    means: 'The service cannot take this request now: it is overloaded, or its database does not answer.',
    todo: 'Come again after `Retry-After`. Look at `/readyz`.',
  },
}
