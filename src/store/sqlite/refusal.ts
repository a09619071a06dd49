import { outageOf } from '../outage.ts'

/** What somebody who starts the service, or looks after its database, has to be told. */
export function refusalOf(file: string, thrown: unknown): unknown {
  const said = thrown instanceof Error ? thrown.message : String(thrown)
  const sentence = sentenceFor(file, said, outageOf(thrown)?.kind)
  return sentence === null ? thrown : new Error(sentence, { cause: thrown })
}

export function damaged(file: string, finding: string): string {
  return `${file} is damaged (${finding}); nothing was changed. Keep it, and restore the last backup: berth restore`
}

function sentenceFor(file: string, said: string, kind: string | undefined): string | null {
  switch (kind) {
    case 'damaged':
      return damaged(file, said)
    case 'failing':
      return `${file} cannot be opened: its folder has to be there, and both have to belong to who runs this`
    case 'read-only':
      return `${file} cannot be written to (${said}): it has to belong to who runs this, on a disk that can be written to`
    case 'full':
      return `${file} cannot be written to: its disk is full`
    case 'held':
      return `another process has held ${file} for too long: look which one writes to it`
    default:
      return null
  }
}
