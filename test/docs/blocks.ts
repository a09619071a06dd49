/** A fenced block of a document. */
export interface Block {
  /** What the fence says behind its marks; empty where it says nothing. */
  readonly language: string
  /** Of the first line inside, from 1 on. */
  readonly line: number
  readonly text: string
}

/** The fenced blocks of a document, in its order. Errors: throws on one that nothing ends. */
export function blocksIn(markdown: string): readonly Block[] {
  const blocks: Block[] = []
  let open: { language: string; line: number; text: string } | null = null
  for (const [i, line] of markdown.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line)
    if (open && fence) {
      blocks.push(open)
      open = null
    } else if (open) open.text += `${line}\n`
    else if (fence) open = { language: (fence[1] ?? '').trim(), line: i + 2, text: '' }
  }
  if (open) throw new Error(`nothing ends the block of line ${open.line}`)
  return blocks
}

/** A document without its fenced blocks: what is left is prose. */
export function proseOf(markdown: string): string {
  return markdown.replace(/^```[^]*?^```$/gm, '')
}
