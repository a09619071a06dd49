/** `BENCH_SHORT=1`: every bench once and small, to see that all of them still run. Its figures mean nothing. */
export const SHORT = (process.env['BENCH_SHORT'] ?? '') !== ''
