import type { Checked, History } from '../history.ts'

const ON_THE_WAY = ['waiting', 'granted', 'rebooting']

/** Every rollout has ended, and no host of it is on its way. */
export function allEnded({ rollouts, members }: History): Checked {
  const going = rollouts.filter((r) => r.state !== 'done' && r.state !== 'cancelled')
  const left = members.filter((m) => ON_THE_WAY.includes(m.state))
  return {
    looked: rollouts.length + members.length,
    violations: [
      ...going.map((r) => `${r.rollout} is ${r.state}`),
      ...left.map((m) => `${m.host} is ${m.state}: ${m.because}`),
    ],
  }
}
