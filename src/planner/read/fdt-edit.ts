import { fdtNode, fdtProperty, isNamed, type Fdt, type FdtNode, type FdtProperty } from './fdt.ts'

/**
 * Sets a property of the node at `path`; nothing of `fdt` itself changes.
 *
 * An existing one keeps its place, a new one becomes the node's first. Its name is looked for in the
 * strings block, as a whole or as the tail of another name, and appended when it is not there.
 *
 * Errors: throws when there is no such node; a caller adds it first.
 * Source: libfdt's documented read-write interface; which edit a kernel makes, see arch/.
 */
export function setProperty(fdt: Fdt, path: string, name: string, value: Uint8Array): Fdt {
  let strings = fdt.strings
  const root = edited(fdt.root, stepsOf(path), path, (node) => {
    const index = node.properties.findIndex((property) => property.name === name)
    const before = node.properties[index]
    if (before) return { ...node, properties: node.properties.with(index, { ...before, value }) }
    const found = nameOffset(fdt.strings, name)
    if (found < 0) strings = appended(fdt.strings, name)
    const property: FdtProperty = { name, nameAt: found < 0 ? fdt.strings.length : found, value }
    return { ...node, properties: [property, ...node.properties] }
  })
  return { ...fdt, root, strings }
}

/** Takes a property away, if it is there; its name stays in the strings block. Throws without such a node. */
export function deleteProperty(fdt: Fdt, path: string, name: string): Fdt {
  const node = fdtNode(fdt, path)
  if (node && !fdtProperty(node, name)) return fdt
  const root = edited(fdt.root, stepsOf(path), path, (node) => ({
    ...node,
    properties: node.properties.filter((property) => property.name !== name),
  }))
  return { ...fdt, root }
}

/** Adds an empty node as the first below `path`. Throws without such a node. */
export function addNode(fdt: Fdt, path: string, name: string): Fdt {
  const root = edited(fdt.root, stepsOf(path), path, (node) => ({
    ...node,
    children: [{ name, properties: [], children: [] }, ...node.children],
  }))
  return { ...fdt, root }
}

/** Appends a memory reservation. Units: bytes. */
export function addReservation(fdt: Fdt, start: number, size: number): Fdt {
  return { ...fdt, reservations: [...fdt.reservations, { start, size }] }
}

/** Takes away the first reservation of exactly this start and size, if there is one. Units: bytes. */
export function deleteReservation(fdt: Fdt, start: number, size: number): Fdt {
  const index = fdt.reservations.findIndex((entry) => entry.start === start && entry.size === size)
  return index < 0 ? fdt : { ...fdt, reservations: fdt.reservations.toSpliced(index, 1) }
}

function stepsOf(path: string): string[] {
  return path.split('/').filter((step) => step !== '')
}

function edited(
  node: FdtNode,
  steps: readonly string[],
  path: string,
  edit: (node: FdtNode) => FdtNode,
): FdtNode {
  const [step, ...rest] = steps
  if (step === undefined) return edit(node)
  const index = node.children.findIndex((child) => isNamed(child, step))
  const child = node.children[index]
  if (!child) throw new RangeError(`no node ${path} in the device tree`)
  return { ...node, children: node.children.with(index, edited(child, rest, path, edit)) }
}

/** The first offset at which `name` and its NUL stand in the strings block, or -1. */
function nameOffset(strings: Uint8Array, name: string): number {
  const final = name.charCodeAt(name.length - 1)
  for (let nul = name.length; nul < strings.length; nul++) {
    if (strings[nul] === 0 && strings[nul - 1] === final && stands(strings, nul - name.length, name))
      return nul - name.length
  }
  return -1
}

function stands(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false
  return true
}

function appended(strings: Uint8Array, name: string): Uint8Array {
  const longer = new Uint8Array(strings.length + name.length + 1)
  longer.set(strings)
  for (let i = 0; i < name.length; i++) longer[strings.length + i] = name.charCodeAt(i)
  return longer
}
