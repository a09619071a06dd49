import type { Fdt } from '../../../src/planner/read/fdt.ts'

/** A device tree of a root alone, to be edited. */
export const EMPTY_TREE: Fdt = {
  reservations: [],
  root: { name: '', properties: [], children: [] },
  strings: new Uint8Array(0),
  padding: 0,
  bootCpu: 0,
  version: 17,
}
