import { SEGMENT_KINDS, type SegmentKind } from '../planner/names.ts'
import { InvalidArgumentError } from 'commander'
import type { Growth } from '../planner/pin/policy.ts'
import type { EffectivePolicy, PolicyRules } from '../wire/policy.ts'
import { readSize, exactSize } from './size.ts'

type Headroom = Partial<Record<SegmentKind, Growth>>

/** Every rule that holds for a host: its name, its value, and the scope that it comes from. */
export function policyRows({ host: _, ...rules }: EffectivePolicy): string[][] {
  return Object.entries(rules).map(([rule, { value, from }]) => [rule, ruleText(value), from])
}

/** A rule's value as the command line takes it. */
export function ruleText(value: Required<PolicyRules>[keyof PolicyRules]): string {
  if (value === null) return 'none'
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return value.join(' ') || 'nothing'
  if ('count' in value) return `${value.count} for ${value.days} days`
  const kinds = Object.entries(value as Headroom).map(([kind, growth]) => `${kind}=${growthText(growth)}`)
  return kinds.join(' ') || 'nothing'
}

/** One `initrd=25%,64M`, put to those that were given before. Errors: throws what commander tells as a usage error. */
export function readHeadroom(text: string, before: Headroom = {}): Headroom {
  const [name = '', growth = '', ...more] = text.split('=')
  const kind = SEGMENT_KINDS.find((known) => known === name)
  const parts = growth.split(',')
  const percents = parts.filter((part) => part.endsWith('%'))
  const sizes = parts.filter((part) => !part.endsWith('%'))
  if (!kind || more.length > 0 || percents.length > 1 || sizes.length > 1 || growth === '') {
    throw new InvalidArgumentError(
      `KIND=PERCENT%,SIZE is wanted, as initrd=25%,64M; kinds are ${SEGMENT_KINDS.join(', ')}.`,
    )
  }
  const [percent = '0%'] = percents
  if (!/^[0-9]+(\.[0-9]+)?%$/.test(percent)) throw new InvalidArgumentError(`'${percent}' is no share.`)
  const [size = '0'] = sizes
  return { ...before, [kind]: { percent: Number(percent.slice(0, -1)), bytes: readSize(size) } }
}

function growthText({ percent, bytes }: Growth): string {
  return `${percent}%,${exactSize(bytes)}`
}
