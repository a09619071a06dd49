import { only, type Checked, type History } from '../history.ts'

/** Whoever changes its credential is let in again, whatever gets lost meanwhile: nobody is shut out for good. */
export function nobodyShutOut(history: History): Checked {
  const changed = history.audit.filter((a) => a.action === 'host.credential-change')
  const gone = new Set([...only(history, 'deleted'), ...only(history, 'lost')].map((s) => s.host))
  const letIn = only(history, 'let-in')
  const violations = only(history, 'shut-out')
    .filter(({ host, at }) => !gone.has(host) && !letIn.some((l) => l.host === host && l.at >= at))
    .map(({ host, at }) => `${host} is shut out since ${at}`)
  return { looked: changed.length, violations }
}
