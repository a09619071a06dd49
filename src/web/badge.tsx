import { toneOf, type Tone } from '../wire/tone.ts'

export { toneOf, type Tone }

/** For who sees no colour. */
const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', busy: '●', warn: '!', bad: '✗', idle: '○' }

/** The sign of a tone by itself, where there is no room for words. */
export function signOf(tone: Tone): string {
  return SIGNS[tone]
}

export function Badge({ state, tone = toneOf(state) }: { readonly state: string; readonly tone?: Tone }) {
  return (
    <span class={`badge ${tone}`}>
      <span aria-hidden="true">{SIGNS[tone]}</span> {state}
    </span>
  )
}
