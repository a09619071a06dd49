import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { crashArea } from '../../src/planner/kdump/crash-area.ts'
import { crashE820 } from '../../src/planner/kdump/crash-memory.ts'
import { coreHeaders } from '../../src/planner/kdump/elfcorehdr.ts'
import { elfcorehdrSize } from '../../src/planner/kdump/elfcorehdr-size.ts'
import { hex, kernelRules, memoryMap, rangeOfSize } from '../../src/planner/index.ts'
import { captureNames, loadCapture } from '../capture.ts'
import { planned, snapshotOf } from './host.ts'
import { trueLoads } from './truth.ts'

interface Told {
  readonly kexec_file_crash?: {
    segments: readonly { name: string; mem: string; bufsz: string; memsz: string }[]
  }
  readonly crash_memory?: {
    readonly elfcorehdr_program_headers: readonly {
      type: string
      paddr: string
      memsz: string
      vaddr: string
    }[]
    readonly boot_params?: { e820: readonly { addr: string; size: string; type: number }[] }
  }
}

const told = captureNames().flatMap((name) => {
  const truth = JSON.parse(
    readFileSync(new URL(`../hosts/${name}/truth.json`, import.meta.url), 'utf8'),
  ) as Told
  return truth.crash_memory ? [[name, truth] as const] : []
})

describe('elfcorehdr as the kernel wrote it', () => {
  test.each(told)('%s', (name, truth) => {
    const snapshot = snapshotOf(loadCapture(name))
    const headers = coreHeaders(snapshot, memoryMap(snapshot))
    const want = truth.crash_memory?.elfcorehdr_program_headers ?? []
    const loads = want.filter((h) => h.type === 'PT_LOAD').map(({ paddr, memsz }) => ({ paddr, memsz }))
    expect(
      headers.filter((h) => h.type === 'load').map((h) => ({ paddr: hex(h.paddr), memsz: hex(h.memsz) })),
    ).toEqual(loads)
    expect(headers.filter((h) => h.type === 'note')).toHaveLength(
      want.filter((h) => h.type === 'PT_NOTE').length,
    )
    for (const h of headers) expect(h.unknown === null || h.vaddr === '0x0').toBe(true)
  })
})

describe('the crash kernel is told of the memory that the kernel told it of', () => {
  test.each(told.filter(([, t]) => t.crash_memory?.boot_params))('%s', (name, truth) => {
    const snapshot = snapshotOf(loadCapture(name))
    const area = crashArea(memoryMap(snapshot))
    const elfcorehdr = truth.kexec_file_crash?.segments.find((s) => s.name === 'elfcorehdr')
    if (!area || !elfcorehdr) throw new Error('no crash kernel')
    const rules = kernelRules(snapshot.arch, snapshot.release, null)
    if (!rules.ok) throw new Error(rules.error.detail)
    const { memsz } = elfcorehdrSize(memoryMap(snapshot), rules.value, snapshot.possibleCpus ?? 1)
    const e820 = crashE820(snapshot, area, rangeOfSize(Number(elfcorehdr.mem), memsz))
    const got = e820.map(({ range: r, type }) => ({
      addr: hex(r.start),
      size: hex(r.last - r.start + 1),
      type,
    }))
    expect(got).toEqual(truth.crash_memory?.boot_params?.e820)
  })
})

describe('a crash plan says what its kernel is told', () => {
  test.each<[name: string, first: string, headers: number]>([
    ['x86_64-seabios-2g', '0x1000-0x9fbff ram', 5],
    ['arm64-dt-1g', '0x6ec00000-0x7abfffff ram', 5],
  ])('%s', (name, first, headers) => {
    const load = trueLoads().find((l) => l.capture === name && l.tag === 'kexec_file_crash')
    if (!load) throw new Error('no crash load')
    const kernel = { head: load.header, size: load.kernelSize }
    const asked = { kernel, cmdline: load.cmdline, initrdSize: load.initrdSize }
    const { crash } = planned(snapshotOf(loadCapture(name)), {
      ...asked,
      purpose: 'crash',
      strategy: 'kexec_file',
    })
    expect(crash?.memory.map((m) => `${m.start}-${m.last} ${m.type}`)[0]).toBe(first)
    expect(crash?.core_headers).toHaveLength(headers)
    expect(planned(snapshotOf(loadCapture(name)), asked).crash).toBeUndefined()
  })
})
