import { isGood, only, type Asked, type Check, type What } from '../history.ts'

/** A key that was revoked is refused everywhere after so long. Units: milliseconds. */
const REVOKED_WITHIN_MS = 5000

/** What may be answered where nothing is wrong; without an answer, and with the service's own excuse, clients live. */
const MAY_BE: { readonly [W in What]: readonly number[] } = {
  'set-up': [200, 201],
  enrol: [201],
  snapshot: [200, 201],
  plan: [201],
  'pin-read': [200],
  // Somebody else has changed them meanwhile.
  'pin-set': [200, 412],
  'pin-forget': [204, 404, 412],
  key: [201],
  'key-use': [200, 401],
  'key-revoke': [204],
  // Every place is taken.
  lock: [200, 423],
  unlock: [200],
  poll: [200, 204],
  // Somebody has told the rollout otherwise meanwhile.
  report: [200, 409],
  rollout: [200, 201, 409],
  look: [200],
  head: [200],
}

/** Excuses: the database is away, or the service has too much to do. */
const EXCUSES = [503]

/** Everybody who was answered was answered something that can be right. */
export const answersPossible: Check = ({ asked }) => ({
  looked: asked.length,
  violations: asked.flatMap((one) =>
    one.answers
      .filter(({ status }) => !MAY_BE[one.what].includes(status) && !EXCUSES.includes(status))
      // The same request at the same replica once more, while the first one runs.
      .filter(({ status, body }) => !(status === 409 && body.includes('"request-in-flight"')))
      .map(({ status, body }) => `${one.id}: ${one.what} was answered ${status} ${body.slice(0, 300)}`),
  ),
})

/** Kinds that are sent again under one key. */
const REPEATED: readonly What[] = ['enrol', 'snapshot', 'plan', 'key', 'report', 'rollout']

/** A request that was sent again was answered as the first time, to the letter, whichever replica it came to. */
export const repeatsAgree: Check = (history) => {
  const repeated = only(history, ...REPEATED).filter((one) => goodAnswers(one).length > 1)
  return {
    looked: repeated.length,
    violations: repeated
      .filter((one) => new Set(goodAnswers(one).map((a) => `${a.status} ${a.body}`)).size > 1)
      .map((one) => `${one.id}: ${one.what} of ${one.about} was answered in two ways`),
  }
}

function goodAnswers({ answers }: Asked) {
  return answers.filter(({ status }) => status >= 200 && status < 300)
}

/** From the moment on at which a key is good it is taken, and from some time after its end on it is refused. */
export const revokedRefused: Check = (history) => {
  const revoked = new Map(only(history, 'key-revoke').map((one) => [one.about, one]))
  const uses = only(history, 'key-use').filter(({ status }) => status !== null)
  const violations = uses.flatMap((use) => {
    const end = revoked.get(use.about)
    const isOver = end !== undefined && isGood(end) && use.began >= end.ended + REVOKED_WITHIN_MS
    if (isOver && use.status !== 401)
      return [`${use.id}: ${use.about} was taken ${Math.round(use.began - end.ended)} ms after its end`]
    const isYoung = end === undefined || use.ended < end.began
    return isYoung && use.status === 401 ? [`${use.id}: ${use.about} was refused before its end`] : []
  })
  return { looked: uses.length, violations }
}
