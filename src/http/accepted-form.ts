/** What the same thing can be sent as: for programs, for a terminal, for the eye. */
export type Form = 'json' | 'text' | 'svg'

const FORMS: Readonly<Record<string, Form>> = {
  'application/json': 'json',
  'text/plain': 'text',
  'image/svg+xml': 'svg',
}

/** What a caller likes best of what there is; JSON wherever it is named as dearly, and for who names none. */
export function acceptedForm(accept = '', forms: readonly Form[] = ['json', 'text']): Form {
  const named = accept.split(',').flatMap((range) => {
    const [type = '', ...parameters] = range
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
    const form = FORMS[type]
    const weight = Number(parameters.find((one) => one.startsWith('q='))?.slice(2) ?? 1)
    return form && forms.includes(form) && weight > 0 ? [{ form, weight }] : []
  })
  const most = Math.max(...named.map(({ weight }) => weight))
  const dearest = named.filter(({ weight }) => weight === most)
  return dearest.find(({ form }) => form === 'json')?.form ?? dearest[0]?.form ?? 'json'
}
