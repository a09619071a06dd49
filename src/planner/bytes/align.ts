/** The highest multiple of `n` that is not above `a`. Units: bytes. */
export function alignDown(a: number, n: number): number {
  return a - (a % n)
}

/** The lowest multiple of `n` that is not below `a`. Units: bytes. */
export function alignUp(a: number, n: number): number {
  return alignDown(a + n - 1, n)
}
