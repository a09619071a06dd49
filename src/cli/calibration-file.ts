import type { Schemas } from '../client/index.ts'
import { inputErrorLine } from './input-error.ts'
import { readJsonFile } from './json-file.ts'
import { RemoteFailed } from './remote-failed.ts'

/** What `berth calibrate` printed, as the service keeps it. Errors: `RemoteFailed` on what is no JSON. */
export function newCalibration(path: string, reason: string): Schemas['NewCalibration'] {
  const read = readJsonFile(path)
  if (!read.ok) throw new RemoteFailed(inputErrorLine(read.error))
  // The service says what is wrong with it.
  const { rules, facts } = read.value as Schemas['NewCalibration']
  return { rules, facts, reason }
}
