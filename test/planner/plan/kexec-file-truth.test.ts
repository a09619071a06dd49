import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { planLoad, readSnapshot } from '../../../src/planner/index.ts'
import { loadCapture } from '../../capture.ts'
import { trueLoads, type TrueLoad } from '../truth.ts'

const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex')

const loads = trueLoads()

describe(`kexec_file chooses as the running kernel did: ${loads.length} loads`, () => {
  test.each<[name: string, load: TrueLoad]>(loads.map((l) => [`${l.capture} ${l.tag}`, l]))(
    '%s',
    (_name, load) => {
      const snapshot = readSnapshot(loadCapture(load.capture))
      if (!snapshot.ok) throw new Error(JSON.stringify(snapshot.error))
      const plan = planLoad(
        {
          snapshot: snapshot.value,
          kernel: { head: load.header, size: load.kernelSize },
          initrdSize: load.initrdSize,
          cmdline: load.cmdline,
          purpose: load.purpose,
          strategy: 'kexec_file',
          pins: [],
          booted: [],
        },
        sha256,
      )
      const answer = plan.ok
        ? plan.value.segments.map(({ kind, mem, bufsz, memsz }) => ({ kind, mem, bufsz, memsz }))
        : plan.error.code
      expect(answer).toEqual(load.error === null ? load.segments : 'no-hole')
    },
  )
})
