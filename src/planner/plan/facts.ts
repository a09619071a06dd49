import type { ArchName } from '../names.ts'
import { hex, MAX_PHYS_ADDR } from '../bytes/phys-addr.ts'
import { overlaps, range, type Range } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'

/** What cannot be seen from outside, where somebody knows it. Units: bytes. */
export interface Facts {
  /** What the x86_64 purgatory reserves. */
  readonly purgatorySize?: number
  /** What the purgatory of the installed kexec-tools fills. */
  readonly toolsPurgatorySize?: number
  readonly pageSize?: number
  /** The CPUs that elfcorehdr must list. */
  readonly possibleCpus?: number
  /** Whether random seeds go into arm64's device tree. */
  readonly seeds?: boolean
  /** false: the load keeps clear of CMA (no default area, or asked for with NO_CMA). */
  readonly cma?: boolean
  /** The scratch areas of kexec handover in their own order; empty where it is off. */
  readonly khoScratch?: readonly Range[]
  /** What IMA hands on, page-rounded by the kernel; 0 where it hands on nothing. */
  readonly imaSize?: number
}

/** Facts in wire form. */
export interface WireFacts {
  readonly purgatory_size?: number
  readonly tools_purgatory_size?: number
  readonly page_size?: number
  readonly possible_cpus?: number
  readonly seeds?: boolean
  readonly cma?: boolean
  readonly kho_scratch?: readonly { readonly start: string; readonly last: string }[]
  readonly ima_size?: number
}

/** What is wrong with a fact. `pointer` is a JSON pointer into the facts. */
export interface BadFact {
  readonly pointer: string
  readonly expected: string
}

const PAGE = 4096
/** No purgatory comes near this. Units: bytes. */
const MAX_PURGATORY = 0x100000
const MAX_CPUS = 65_536
/** One for low memory, one for all, one a NUMA node: no machine has so many. */
export const MAX_SCRATCH = 1024
const MAX_IMA = 2 ** 32 - 1
const PAGE_SIZES: { readonly [A in ArchName]: readonly number[] } = {
  arm64: [4096, 16384, 65536],
  x86_64: [4096],
}
const ADDRESS = /^0x(0|[1-9a-f][0-9a-f]{0,12}|1[0-9a-f]{13})$/

/**
 * Reads facts in wire form.
 *
 * Errors: the first field that is unknown or out of bounds, and what was expected there.
 */
export function readFacts(given: unknown): Result<Facts, BadFact> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return bad('', 'an object of facts')
  const out: { -readonly [F in keyof Facts]: Facts[F] } = {}
  for (const [name, value] of Object.entries(given)) {
    switch (name) {
      case 'purgatory_size':
        if (!isSize(value, 2 * PAGE, MAX_PURGATORY) || value % PAGE !== 0)
          return bad(name, `pages of ${PAGE} bytes, two or more`)
        out.purgatorySize = value
        break
      case 'tools_purgatory_size':
        if (!isSize(value, 1, MAX_PURGATORY)) return bad(name, `1 to ${MAX_PURGATORY} bytes`)
        out.toolsPurgatorySize = value
        break
      case 'page_size':
        if (!isSize(value, PAGE, MAX_PURGATORY) || !PAGE_SIZES.arm64.includes(value))
          return bad(name, `one of ${PAGE_SIZES.arm64.join(', ')}`)
        out.pageSize = value
        break
      case 'possible_cpus':
        if (!isSize(value, 1, MAX_CPUS)) return bad(name, `1 to ${MAX_CPUS} CPUs`)
        out.possibleCpus = value
        break
      case 'seeds':
      case 'cma':
        if (typeof value !== 'boolean') return bad(name, 'true or false')
        out[name] = value
        break
      case 'kho_scratch': {
        const areas = readScratch(value)
        if (!areas.ok) return areas
        out.khoScratch = areas.value
        break
      }
      case 'ima_size':
        if (!isSize(value, 0, MAX_IMA)) return bad(name, `0 to ${MAX_IMA} bytes`)
        out.imaSize = value
        break
      default:
        return bad(
          name,
          'a fact that is known: purgatory_size, tools_purgatory_size, page_size, possible_cpus, seeds, cma, kho_scratch, ima_size',
        )
    }
  }
  return ok(out)
}

/** Facts in wire form, the fields in a fixed order; null where there is none. */
export function wireFacts(facts: Facts): WireFacts | null {
  const { khoScratch } = facts
  const fields: WireFacts = {
    ...given('purgatory_size', facts.purgatorySize),
    ...given('tools_purgatory_size', facts.toolsPurgatorySize),
    ...given('page_size', facts.pageSize),
    ...given('possible_cpus', facts.possibleCpus),
    ...given('seeds', facts.seeds),
    ...given('cma', facts.cma),
    ...given(
      'kho_scratch',
      khoScratch?.map((r) => ({ start: hex(r.start), last: hex(r.last) })),
    ),
    ...given('ima_size', facts.imaSize),
  }
  return Object.keys(fields).length > 0 ? fields : null
}

/** Whether an architecture has pages of this size. */
export function hasPageSize(arch: ArchName, pageSize: number): boolean {
  return PAGE_SIZES[arch].includes(pageSize)
}

function readScratch(value: unknown): Result<readonly Range[], BadFact> {
  const at = 'kho_scratch'
  if (!Array.isArray(value) || value.length > MAX_SCRATCH)
    return bad(at, `a list of {start, last}, at most ${MAX_SCRATCH}`)
  const areas: Range[] = []
  for (const [i, each] of (value as readonly unknown[]).entries()) {
    const area = readArea(each)
    if (!area) return bad(`${at}/${i}`, 'start and last as 0x… in lowercase, last not below start')
    if (areas.some((other) => overlaps(other, area))) return bad(`${at}/${i}`, 'areas that do not overlap')
    areas.push(area)
  }
  return ok(areas)
}

function readArea(value: unknown): Range | null {
  if (typeof value !== 'object' || value === null) return null
  const { start, last, ...more } = value as { readonly [field: string]: unknown }
  if (typeof start !== 'string' || typeof last !== 'string' || Object.keys(more).length > 0) return null
  if (!ADDRESS.test(start) || !ADDRESS.test(last)) return null
  return Number(last) >= Number(start) && Number(last) <= MAX_PHYS_ADDR
    ? range(Number(start), Number(last))
    : null
}

function isSize(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
}

function given<K extends string, T>(name: K, value: T | undefined): { [N in K]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [N in K]?: T })
}

function bad(name: string, expected: string): { ok: false; error: BadFact } {
  return err({ pointer: name === '' ? '' : `/${name}`, expected }) as { ok: false; error: BadFact }
}
