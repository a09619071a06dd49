import { describe, expect, test } from 'vitest'
import { loadCapture } from '../../capture.ts'
import { plan, snapshotOf } from '../host.ts'
import { trueLoads, type TrueLoad } from '../truth.ts'

const loads = trueLoads('kexec_tools')

describe(`kexec_tools chooses as kexec-tools did: ${loads.length} loads`, () => {
  test.each<[name: string, load: TrueLoad]>(loads.map((l) => [`${l.capture} ${l.tag}`, l]))(
    '%s',
    (_name, load) => {
      const made = plan(snapshotOf(loadCapture(load.capture)), {
        kernel: { head: load.header, size: load.kernelSize },
        initrdSize: load.initrdSize,
        cmdline: load.cmdline,
        purpose: load.purpose,
        strategy: 'kexec_tools',
      })
      const answer = made.ok
        ? made.value.segments
            .map(({ mem, bufsz, memsz }) => ({ mem, bufsz, memsz }))
            .sort((a, b) => Number(a.mem) - Number(b.mem))
        : made.error.code
      // The tool prints segments by address and without names; an exit code may follow them when the kernel has no kexec_load.
      const want = load.segments.map(({ mem, bufsz, memsz }) => ({ mem, bufsz, memsz }))
      expect(answer).toEqual(want.length > 0 ? want : 'no-hole')
    },
  )
})
