import type { ComponentChildren } from 'preact'
import type { WhatIfShown } from './what-if.tsx'

type Asked = WhatIfShown['asked']

/** Three questions, each a form of its own: what is asked stands in the address, and can be sent to somebody. */
export function WhatIfForms({ asked, entries }: Pick<WhatIfShown, 'asked' | 'entries'>) {
  return (
    <div class="questions">
      <Question of="entry" asked={asked} title="A boot entry that is there">
        <label>
          Boot entry
          <select name="boot_entry" required>
            {entries.map(({ id, title, version, architecture }) => (
              <option key={id} value={id} selected={id === asked['boot_entry']}>
                {title} {version} {architecture} ({id.slice(-6)})
              </option>
            ))}
          </select>
        </label>
        <Words name="cmdline" title="Another command line" asked={asked} />
      </Question>
      <Question of="sizes" asked={asked} title="An image that nobody has built yet">
        <label>
          Architecture
          <select name="arch">
            {['x86_64', 'arm64'].map((arch) => (
              <option key={arch} selected={arch === asked['arch']}>
                {arch}
              </option>
            ))}
          </select>
        </label>
        <Words name="kernel_size" title="Kernel file" hint="14M" asked={asked} required />
        <Words name="memsz" title="Needs to run" hint="as usual" asked={asked} />
        <Words name="initrd_size" title="Initrd" hint="80M, or none" asked={asked} />
      </Question>
      <Question of="hole" asked={asked} title="Free memory in one piece">
        <Words name="bytes" title="Size" hint="2G" asked={asked} required />
        <Words name="above" title="At or above" hint="0x1000000" asked={asked} />
        <Words name="below" title="Below" hint="0x100000000" asked={asked} />
      </Question>
    </div>
  )
}

interface Questioning {
  readonly of: 'entry' | 'sizes' | 'hole'
  readonly title: string
  readonly asked: Asked
  readonly children: ComponentChildren
}

function Question({ of, title, asked, children }: Questioning) {
  const isAsked = asked['ask'] === of
  return (
    <details open={isAsked || (asked['ask'] === undefined && of === 'entry')}>
      <summary>{title}</summary>
      <form class="act" method="get" action="/what-if">
        <input type="hidden" name="ask" value={of} />
        {children}
        <Words name="group" title="Only this group" asked={asked} />
        <button>Ask every host</button>
      </form>
    </details>
  )
}

interface Worded {
  readonly name: string
  readonly title: string
  readonly asked: Asked
  readonly hint?: string
  readonly required?: boolean
}

function Words({ name, title, asked, hint, required = false }: Worded) {
  return (
    <label>
      {title}
      <input name={name} value={asked[name]} placeholder={hint} required={required} />
    </label>
  )
}
