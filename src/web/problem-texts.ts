import type { ProblemCode } from '../wire/problem-code.ts'
import { PLANNING_TEXTS } from './planning-texts.ts'

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
  'malformed-request': {
    means: 'What came in is not a request of HTTP/1.1, so nothing of it was looked at.',
    todo: 'Look at the client, and at every proxy in between. Over TLS, ask by `https://`.',
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
  'wrong-certificate': {
    means:
      'The credential of this host is good, but it came over a connection without the client certificate that it is bound to, or the service takes hosts with a certificate only.',
    todo: 'Give the agent its own certificate: `--client-cert`, `--client-key`. If the host has another one now for good, let the binding go: `berth host set HOST --unbind-certificate`.',
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
  'snapshot-too-old': {
    means: 'The host has not told for longer than its policy allows what its memory looks like.',
    todo: 'See that its agent runs: it posts a snapshot each round. Or post a capture: `berth capture`.',
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
  'request-timeout': {
    means: 'The request did not arrive whole in the time that there is for it.',
    todo: 'Send it again, on another connection. What takes longer than two minutes to send is too large.',
  },
  'headers-too-large': {
    means: 'The headers, or the URL, are larger than 16 KiB.',
    todo: 'Send fewer cookies and shorter headers: this service needs none but the credential.',
  },
  'url-too-long': {
    means: 'The URL is longer than 4096 bytes.',
    todo: 'Select hosts by group or label, and not by a list of ids.',
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
  ...PLANNING_TEXTS,
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
