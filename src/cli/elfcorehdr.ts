import { writeFileSync } from 'node:fs'
import { hex } from '../planner/bytes/phys-addr.ts'
import { coreHeaders } from '../planner/kdump/elfcorehdr.ts'
import { elfBytes } from '../planner/kdump/elf-bytes.ts'
import { elfcorehdrSize } from '../planner/kdump/elfcorehdr-size.ts'
import { memoryMap } from '../planner/memory/memory-map.ts'
import { readSnapshot } from '../planner/read/snapshot.ts'
import { kernelRules } from '../planner/rules/kernel-rules.ts'
import { captureFilesIn, fileName } from './capture-folder.ts'
import { inputErrorLine } from './input-error.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'

/**
 * `berth elfcorehdr`: the core headers that a crash kernel of this host would be handed, as a file that
 * `readelf -l` reads, and as a line for each header. What only the running kernel knows is 0 there,
 * and the line says why.
 */
export function elfcorehdrCommand({ capture, out }: { capture: string; out: string }, io: Io): ExitCode {
  const read = readSnapshot(captureFilesIn(capture))
  if (!read.ok) {
    for (const error of read.error) {
      io.err(`${inputErrorLine({ ...error, file: `${capture}/${fileName(error.file)}` })}\n`)
    }
    return EXIT.failed
  }
  const snapshot = read.value
  const rules = kernelRules(snapshot.arch, snapshot.release, null)
  if (!rules.ok) throw new Error(rules.error.detail)
  const map = memoryMap(snapshot)
  const headers = coreHeaders(snapshot, map)
  const { bufsz } = elfcorehdrSize(map, rules.value, snapshot.possibleCpus ?? 1)
  writeFileSync(out, elfBytes(snapshot.arch, headers, bufsz))
  for (const { type, paddr, memsz, vaddr, unknown } of headers) {
    io.out(`${type} ${hex(paddr)} ${hex(memsz)} ${vaddr}${unknown === null ? '' : ` (${unknown})`}\n`)
  }
  return EXIT.ok
}
