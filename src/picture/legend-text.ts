import { SGR, type Span } from './ansi.ts'
import { CLASS_WORDS, type MemoryClass } from './classes.ts'
import { LOOKS } from './looks.ts'

/** The letters that stand for the classes that there are. */
export function legendEntries(present: readonly MemoryClass[]): Span[][] {
  return present.map((name) => [
    { text: LOOKS[name].letter, sgr: SGR[name] },
    { text: ` ${CLASS_WORDS[name]}` },
  ])
}
