import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { ROOT } from '../house/source-files.ts'
import { blocksIn, proseOf } from './blocks.ts'
import { DOCUMENTS } from './documents.ts'

/** `sh` is run; `console` is what somebody types as root or on another machine, behind a `$` or a `#`; none is a drawing. */
const LANGUAGES = ['', 'sh', 'console', 'text', 'json', 'yaml', 'ini', 'ts']

const at = (path: string, line: number) => `${path}:${line}`

describe('fenced blocks', () => {
  const blocks = DOCUMENTS.flatMap(({ path, text }) => blocksIn(text).map((block) => ({ path, ...block })))

  test('say what they are in', () => {
    const strange = blocks.filter(({ language }) => !LANGUAGES.includes(language))
    expect(strange.map(({ path, line, language }) => `${at(path, line)}: ${language}`)).toEqual([])
  })

  test.each(blocks.filter(({ language }) => language === 'json'))('$path:$line is JSON', ({ text }) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow()
  })

  test.each(blocks.filter(({ language }) => language === 'yaml'))('$path:$line is YAML', ({ text }) => {
    expect(parse(text)).toBeTypeOf('object')
  })

  test.each(blocks.filter(({ language }) => language === 'ini'))('$path:$line is a unit', ({ text }) => {
    for (const line of text.split('\n')) expect(line).toMatch(/^(\[\w+\]|[A-Za-z]\w*=.*|#.*|)$/)
  })

  test.each(blocks.filter(({ language }) => language === 'console'))(
    '$path:$line has prompts',
    ({ text }) => {
      expect(text).toMatch(/^[$#] \S/)
    },
  )
})

describe('links', () => {
  const links = DOCUMENTS.flatMap(({ path, text }) =>
    [...proseOf(text).matchAll(/\]\(([^)\s]+)\)|<img[^>]* src="([^"]+)"/g)].map((match) => ({
      path,
      to: match[1] ?? match[2] ?? '',
    })),
  ).filter(({ to }) => !/^https?:/.test(to))

  test('there are some', () => {
    expect(links.length).toBeGreaterThan(20)
  })

  test.each(links)('$path: $to', ({ path, to }) => {
    const [file = '', anchor] = to.split('#')
    const target = file === '' ? path : join(dirname(path), file)
    expect(existsSync(join(ROOT, target))).toBe(true)
    if (anchor === undefined || statSync(join(ROOT, target)).isDirectory()) return
    // A page of another folder may be linked to as well.
    expect(anchorsOf(readFileSync(join(ROOT, target), 'utf8'))).toContain(anchor)
  })

  test.each<[why: string, heading: string, anchor: string]>([
    ['words', '## Two commands', 'two-commands'],
    ['code and marks', '### `berth map`, in short', 'berth-map-in-short'],
    ['what is no letter', '# BERTH_HOST: where?', 'berth_host-where'],
  ])('an anchor of %s', (_why, heading, anchor) => {
    expect(anchorsOf(heading)).toEqual([anchor])
  })
})

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): readonly string[] {
  return [...proseOf(markdown).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  )
}
