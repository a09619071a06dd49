import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { planText, renderPlan, STRATEGIES } from '../../../src/planner/index.ts'
import { loadCapture } from '../../capture.ts'
import { planned, sha256, snapshotOf } from '../host.ts'
import { trueLoads } from '../truth.ts'

/** One host of each kind; `npm run golden:write` rewrites the files, and the diff is reviewed. */
const HOSTS: readonly (readonly [name: string, why: string])[] = [
  ['arm64-dt-1g', 'an LPI hazard that kexec_file does not see'],
  ['arm64-uefi-acpi-4g-boot1', 'UEFI, ACPI, flags not printed'],
  ['arm64-uefi-acpi-2g-exec-k612', 'UEFI, ACPI, flags printed'],
  ['arm64-dt-2g-k612-64k', 'pages of 64 KiB'],
  ['x86_64-seabios-2g', 'ascending walk'],
  ['x86_64-seabios-8g-k612', 'descending walk'],
  ['x86_64-ovmf-4g', 'a UEFI map in boot_params'],
]

test.each(HOSTS)('%s: %s', async (name) => {
  const load = trueLoads().find((l) => l.capture === name && l.tag === 'kexec_file')
  if (!load) throw new Error(`${name} has no first load`)
  const snapshot = snapshotOf(loadCapture(name))
  const kernel = { head: load.header, size: load.kernelSize }
  const asked = { kernel, initrdSize: load.initrdSize, cmdline: load.cmdline }
  const text = STRATEGIES.filter((s) => s !== 'kexec_tools').map((strategy) => {
    const body = planned(snapshot, { ...asked, strategy })
    expect(planText(planned(snapshot, { ...asked, strategy }))).toBe(planText(body))
    return `${renderPlan(body)}digest ${sha256(planText(body))}\n`
  })
  await expect(text.join('\n')).toMatchFileSnapshot(
    fileURLToPath(new URL(`../../golden/${name}/plan.txt`, import.meta.url)),
  )
})
