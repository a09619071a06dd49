import type { Clock } from './clock.ts'
import type { Mode, Seen } from './history.ts'
import type { Answered, Question } from './wire.ts'

interface HandedOut {
  readonly plan: {
    readonly id: string
    readonly body: { readonly inputs: { readonly boot_id: string | null; readonly memory_digest?: string } }
  }
  readonly rollout?: string
  readonly fence?: number
  readonly reboot_mode?: Mode
}

/** Keeps what of the service's answers to agents the checks go by. */
export function wireRecorder(
  see: (seen: Seen) => void,
  clock: Clock,
): (question: Question, answer: Answered, asked: number) => void {
  const shutOut = new Set<string>()
  return ({ from, method, path, body }, answer, asked) => {
    const at = clock.now()
    const [, host = ''] = from.split('.')
    const { status } = answer
    if (host !== '' && status === 401 && !shutOut.has(host)) {
      shutOut.add(host)
      see({ what: 'shut-out', at, host })
    }
    if (status < 400 && shutOut.delete(host)) see({ what: 'let-in', at, host })
    if (method === 'GET' && path.startsWith('/v1/agent/assignment') && status === 200) {
      const {
        plan,
        rollout = null,
        fence = null,
        reboot_mode: mode = 'kexec',
      } = JSON.parse(answer.body) as HandedOut
      const { boot_id: bootId, memory_digest: memory = null } = plan.body.inputs
      see({ what: 'handed-out', at, asked, host, plan: plan.id, rollout, fence, bootId, memory, mode })
    }
    if (method === 'POST' && path === '/v1/agent/reports' && body !== null) {
      const { plan, phase } = JSON.parse(body) as { plan: string; phase: string }
      see({ what: 'reported', at, asked, host, plan, phase, status })
    }
  }
}
