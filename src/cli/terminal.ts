/** How a picture of letters is to be drawn. */
export interface Terminal {
  readonly columns: number
  readonly colour: boolean
}

interface Stream {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Where nobody says how wide it is: a file, a pipe. */
const COLUMNS = 120

/**
 * Where output goes: as wide as the terminal, or as COLUMNS says; coloured on a terminal only, unless NO_COLOR or
 * FORCE_COLOR says otherwise, and not where the terminal cannot.
 *
 * Source: no-color.org; force-color.org.
 */
export function terminalOf(
  { isTTY = false, columns }: Stream = process.stdout,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Terminal {
  const { COLUMNS: told = '', NO_COLOR: no = '', FORCE_COLOR: forced = '', TERM } = environment
  const wanted = forced !== '' ? forced !== '0' && forced !== 'false' : isTTY && TERM !== 'dumb'
  return {
    columns:
      (isTTY ? columns : undefined) ??
      (Number.isInteger(Number(told)) && Number(told) > 0 ? Number(told) : COLUMNS),
    colour: no === '' && wanted,
  }
}
