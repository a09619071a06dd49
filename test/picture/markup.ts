/** What a picture is made of, as a reader of XML finds it; anything that is not well-formed throws. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Element[]
  /** As it stands in the markup, of this element alone. */
  text: string
}

const TOKEN = /<(\/?)([A-Za-z]+)((?:\s+[A-Za-z:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y
const ATTRIBUTE = /([A-Za-z:-]+)="([^"<]*)"/g
const REFERENCE = /&(?!(amp|lt|gt|quot|#39);)/

/** Reads the little of XML that a picture may use: no comments, no CDATA, no entities but the five. */
export function readMarkup(markup: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' }
  const path = [root]
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < markup.length) {
    const at = TOKEN.lastIndex
    const token = TOKEN.exec(markup)
    const parent = path.at(-1)
    if (!token || !parent) throw new Error(`not well-formed at ${at}: ${markup.slice(at, at + 60)}`)
    const [, closing, name, attributes = '', empty, text] = token
    if (text !== undefined) {
      if (REFERENCE.test(text)) throw new Error(`a bare & in ${text}`)
      parent.text += text
    } else if (closing) {
      if (parent.name !== name) throw new Error(`</${name}> closes <${parent.name}>`)
      path.pop()
    } else {
      const pairs = [...attributes.matchAll(ATTRIBUTE)].map(([, key, value]) => [key, value] as const)
      if (new Set(pairs.map(([key]) => key)).size < pairs.length)
        throw new Error(`twice the same: ${attributes}`)
      const made = { name: name as string, attributes: Object.fromEntries(pairs), children: [], text: '' }
      parent.children.push(made)
      if (!empty) path.push(made)
    }
  }
  if (path.length !== 1) throw new Error(`<${path.at(-1)?.name}> is not closed`)
  const [svg] = root.children
  if (!svg || root.children.length !== 1) throw new Error('one element at the top')
  return svg
}

export function everyElement(element: Element): Element[] {
  return [element, ...element.children.flatMap(everyElement)]
}
