import type { MemoryClass } from './classes.ts'

/** How a class is told from the others by colour, without colour by its pattern, and in a terminal by its letter. */
export interface Look {
  /** Ground and lines. */
  readonly light: readonly [ground: string, line: string]
  readonly dark: readonly [ground: string, line: string]
  readonly pattern: PatternName
  readonly letter: string
}

/** Lines within a square of so many units. */
export const PATTERNS = {
  plain: { tile: 8, d: '' },
  dots: { tile: 6, d: 'M1 1h1.4M4 4h1.4' },
  sparse: { tile: 12, d: 'M2 3h1.2M8 9h1.2' },
  rising: { tile: 6, d: 'M-1 7L7 -1M-1 1L1 -1M5 7L7 5' },
  steep: { tile: 10, d: 'M-1 11L11 -1M-1 1L1 -1M9 11L11 9' },
  falling: { tile: 6, d: 'M-1 -1L7 7M-1 5L1 7M5 -1L7 1' },
  cross: { tile: 7, d: 'M-1 8L8 -1M-1 -1L8 8' },
  rows: { tile: 5, d: 'M0 2.5h5' },
  wide: { tile: 9, d: 'M0 3h9' },
  columns: { tile: 5, d: 'M2.5 0v5' },
  grid: { tile: 6, d: 'M0 3h6M3 0v6' },
  zigzag: { tile: 8, d: 'M0 6L4 2L8 6' },
  bricks: { tile: 8, d: 'M0 2h8M0 6h8M2 2v4M6 6v2M6 0v2' },
  plus: { tile: 8, d: 'M4 2v4M2 4h4' },
} as const
export type PatternName = keyof typeof PATTERNS

export const LOOKS: Readonly<Record<MemoryClass, Look>> = {
  ram: look('#f1f4f6', '#c9d1d7', '#2a3138', '#414b54', 'plain', '.'),
  free: look('#d3efd6', '#8cc796', '#1d4027', '#35693f', 'sparse', '+'),
  reserved: look('#dcd6ce', '#9a8f82', '#4b453d', '#7b7264', 'rising', 'r'),
  unmapped: look('#cfcfd6', '#83838f', '#3c3c46', '#70707e', 'cross', 'u'),
  'acpi-tables': look('#fbe3b6', '#cf9a3a', '#57421a', '#94712c', 'rows', 'a'),
  'acpi-nvs': look('#f6cfa0', '#b97a2c', '#5a3d17', '#a06c2a', 'bricks', 'n'),
  uefi: look('#fdebc8', '#d0ab64', '#4f4426', '#86733f', 'columns', 'e'),
  persistent: look('#dfe8c6', '#9bb06a', '#3f4a26', '#6f8344', 'wide', 'p'),
  device: look('#e9e7f2', '#b3aecb', '#35324a', '#57527a', 'dots', 'd'),
  'running-kernel': look('#c9dcf5', '#7ba2d6', '#20395c', '#41689f', 'falling', 'k'),
  'crash-kernel': look('#e9cdf0', '#b57cc4', '#4c2757', '#855094', 'grid', 'c'),
  scratch: look('#c8ebea', '#63b1ae', '#174745', '#36807d', 'plus', 's'),
  hazard: look('#ffc4b8', '#d4472e', '#6a1f12', '#e0654c', 'zigzag', '!'),
  mixed: look('#e3e6e9', '#8d99a5', '#39424b', '#6c7a88', 'grid', '*'),
  unsteady: look('#ffe0a3', '#d48806', '#5e430a', '#e0a030', 'cross', '~'),
  gained: look('#a8e6c0', '#1e8a4c', '#14532d', '#4ade80', 'plus', '>'),
  lost: look('#ffc9c2', '#b3261e', '#5c1712', '#f0877c', 'falling', '<'),
  'load-kernel': look('#6cb2ee', '#2b7cc0', '#1f6eb3', '#7fc0f5', 'steep', 'K'),
  'load-initrd': look('#f7b955', '#c47f0d', '#a8690a', '#ffd088', 'wide', 'I'),
  'load-other': look('#7fd0ab', '#2f8f66', '#1f7a54', '#8fe0bd', 'dots', 'S'),
  room: look('#f5f9fd', '#9db7cf', '#1b2a38', '#48627b', 'sparse', ':'),
  pin: look('#fff3a6', '#c4a900', '#5b5106', '#cdb634', 'plain', 'P'),
  'pin-at-risk': look('#ffd79c', '#cf7a00', '#6b4204', '#eda33b', 'rows', '?'),
  'pin-broken': look('#ffb3ad', '#c0261b', '#74150d', '#f0685e', 'cross', 'X'),
  refused: look('#fff1ef', '#d9493a', '#3d1a17', '#e86a5c', 'steep', 'x'),
}

/** What is no cell: ground, text, faint text, lines, warnings, and what ties a line of one boot to one of another. */
export const INKS = {
  paper: ['#ffffff', '#14181d'],
  ink: ['#1b2127', '#e6eaee'],
  faint: ['#5b6670', '#9aa7b3'],
  rule: ['#c5ced6', '#3c4650'],
  alarm: ['#b3261e', '#ff8a80'],
  same: ['#b4bfc9', '#56636f'],
  moved: ['#e08a00', '#f2b04a'],
  resized: ['#2b7cc0', '#6cb2ee'],
  renamed: ['#9b59b6', '#c792dd'],
} as const
export type Ink = keyof typeof INKS

/** Every class that a picture's shapes have begins so, and every custom property of its colours. */
export const PREFIX = 'mem'

/**
 * The rules that colour a picture: a page that has it inline takes them into its own stylesheet, a file that stands
 * alone brings them along. `root` is whom the custom properties belong to.
 */
export function pictureStyle(classes: readonly MemoryClass[], root = 'svg'): string {
  const rules = [
    `${root}{${colourVariables(classes, 'light')}}`,
    `@media (prefers-color-scheme:dark){${root}{${colourVariables(classes, 'dark')}}}`,
    ...Object.keys(INKS).map((ink) => `.${PREFIX}-${ink}{fill:var(--${PREFIX}-${ink})}`),
    `.${PREFIX}-rule{fill:none;stroke:var(--${PREFIX}-rule)}`,
    `.${PREFIX}-alarm-line{stroke:var(--${PREFIX}-alarm)}`,
    `.${PREFIX}-halo{stroke:var(--${PREFIX}-paper)}`,
    ...classes.flatMap((name) => [
      `.${PREFIX}-${name}{fill:var(--${PREFIX}-${name})}`,
      `.${PREFIX}-${name}-line{stroke:var(--${PREFIX}-${name}-line)}`,
    ]),
  ]
  return rules.join('\n')
}

/** The colours of one theme as custom properties: for a page that lets its reader choose. */
export function colourVariables(classes: readonly MemoryClass[], theme: 'light' | 'dark'): string {
  const inks = Object.entries(INKS).map(
    ([ink, both]) => `--${PREFIX}-${ink}:${theme === 'light' ? both[0] : both[1]}`,
  )
  const grounds = classes.flatMap((name) => {
    const [ground, line] = LOOKS[name][theme]
    return [`--${PREFIX}-${name}:${ground}`, `--${PREFIX}-${name}-line:${line}`]
  })
  return [...inks, ...grounds].join(';')
}

function look(
  ground: string,
  line: string,
  darkGround: string,
  darkLine: string,
  pattern: PatternName,
  letter: string,
): Look {
  return { light: [ground, line], dark: [darkGround, darkLine], pattern, letter }
}
