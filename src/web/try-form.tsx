import type { BootEntry } from '../wire/boot-entry.ts'

export interface Tried {
  readonly boot_entry: string
  readonly purpose: 'reboot' | 'crash'
  readonly strategy: 'pinned' | 'kexec_file' | 'kexec_tools'
}

export interface Choices {
  readonly host: string
  readonly entries: readonly Pick<BootEntry, 'id' | 'title' | 'version'>[]
  readonly tried?: Tried
}

const PURPOSES = [
  ['reboot', 'the next boot'],
  ['crash', 'a crash kernel'],
] as const
const STRATEGIES = [
  ['pinned', 'pins'],
  ['kexec_file', 'what the running kernel would choose'],
  ['kexec_tools', 'what kexec-tools would choose'],
] as const

/** Asks where a boot entry would be loaded; nothing is stored by asking. */
export function TryForm({ host, entries, tried }: Choices) {
  if (entries.length === 0) return <p class="muted">There is no boot entry for this architecture yet.</p>
  return (
    <form class="act" method="get" action={`/hosts/${host}/try`}>
      <label>
        Boot entry
        <select name="boot_entry">
          {entries.map(({ id, title, version }) => (
            <option key={id} value={id} selected={id === tried?.boot_entry}>
              {title} {version} ({id.slice(-6)})
            </option>
          ))}
        </select>
      </label>
      <Choice name="purpose" title="As" of={PURPOSES} chosen={tried?.purpose} />
      <Choice name="strategy" title="By" of={STRATEGIES} chosen={tried?.strategy} />
      <button class={tried ? 'quiet' : undefined}>Try it</button>
    </form>
  )
}

interface Choosing {
  readonly name: string
  readonly title: string
  readonly of: readonly (readonly [value: string, words: string])[]
  readonly chosen: string | undefined
}

function Choice({ name, title, of, chosen }: Choosing) {
  return (
    <label>
      {title}
      <select name={name}>
        {of.map(([value, words]) => (
          <option key={value} value={value} selected={value === chosen}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
