import { describe, expect, test } from 'vitest'
import { kexecCommand, range, type PlanRequest, type StrategyName } from '../../../src/planner/index.ts'
import { loadCapture } from '../../capture.ts'
import { plan, planned, sha256, snapshotOf } from '../host.ts'
import { trueLoads, type TrueLoad } from '../truth.ts'

const FILES = { kernel: '/boot/vmlinuz', initrd: '/boot/initrd.img' }

function commandOf(load: TrueLoad, strategy: StrategyName) {
  const snapshot = snapshotOf(loadCapture(load.capture))
  const request: PlanRequest = {
    snapshot,
    kernel: { head: load.header, size: load.kernelSize },
    initrdSize: load.initrdSize,
    cmdline: load.cmdline,
    purpose: load.purpose,
    strategy,
    pins: [],
    booted: [],
  }
  const made = plan(snapshot, request)
  return made.ok
    ? { request, body: made.value, made: kexecCommand(request, made.value, FILES, sha256) }
    : null
}

const loads = trueLoads('kexec_tools')

describe('what the command is said to pin', () => {
  test.each<[name: string, load: TrueLoad]>(loads.map((l) => [`${l.capture} ${l.tag}`, l]))(
    '%s: the tool really puts there, under these very limits',
    (_name, load) => {
      const is = commandOf(load, 'pinned')
      if (!is) return
      const { request, body, made } = is
      const toolsWindow = range(Number(made.mem_min ?? 0), Number(made.mem_max ?? Number.MAX_SAFE_INTEGER))
      const tool = planned(request.snapshot, { ...request, strategy: 'kexec_tools', toolsWindow })
      const there = body.segments.filter((s) =>
        tool.segments.some((t) => t.kind === s.kind && t.mem === s.mem),
      )
      expect(made.pinned).toEqual(there.map((s) => s.kind))
      expect([...made.pinned, ...made.moved.map((m) => m.kind)].sort()).toEqual(
        body.segments.map((s) => s.kind).sort(),
      )
    },
  )

  test.each<[name: string, load: TrueLoad]>(loads.map((l) => [`${l.capture} ${l.tag}`, l]))(
    "%s: all of the tool's own plan",
    (_name, load) => {
      const is = commandOf(load, 'kexec_tools')
      if (is) expect(is.made.moved).toEqual([])
    },
  )
})

test('a reboot loads, a crash kernel waits, and words are quoted for a shell', () => {
  const load = {
    ...(loads.find((l) => l.purpose === 'reboot') as TrueLoad),
    cmdline: "a='b c'",
    initrdSize: null,
  }
  const { command } = commandOf(load, 'pinned')?.made ?? { command: '' }
  expect(command).toMatch(/^kexec -c -l \/boot\/vmlinuz --command-line='a='\\''b c'\\''' --mem-min=0x/)
  const crash = commandOf(loads.find((l) => l.purpose === 'crash') as TrueLoad, 'pinned')
  expect(crash?.made.command).toMatch(/^kexec -c -p /)
})

test('what cannot be pinned is said plainly', () => {
  const codes = (arch: string) =>
    commandOf(loads.find((l) => l.capture.startsWith(arch)) as TrueLoad, 'pinned')?.made.limits.map(
      (l) => l.code,
    )
  expect(codes('arm64')).toEqual(['all-alike', 'file-load-ignores', 'own-sizes', 'dtb-page-aligned'])
  expect(codes('x86_64')).toEqual(
    expect.arrayContaining(['all-alike', 'file-load-ignores', 'stacks-from-top']),
  )
})
