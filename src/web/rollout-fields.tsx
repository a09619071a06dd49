import type { ComponentChildren } from 'preact'
import type { NewRolloutShown } from './new-rollout.tsx'

type Filled = Pick<NewRolloutShown, 'fields' | 'entries'>
type Fields = NewRolloutShown['fields']

/** The terms of a rollout as fields of a form; what is left empty is as the API has it by default. */
export function RolloutFields({ fields, entries }: Filled) {
  return (
    <>
      <Part title="What">
        <Words name="name" title="Name" required fields={fields} />
        <label>
          Boot entry
          <select name="boot_entry" required>
            {entries.map(({ id, title, version, architecture }) => (
              <option key={id} value={id} selected={id === fields['boot_entry']}>
                {title} {version} {architecture} ({id.slice(-6)})
              </option>
            ))}
          </select>
        </label>
      </Part>
      <Part title="Which hosts (empty: every host)">
        <Words name="group" title="Group" fields={fields} />
        <Choice name="arch" title="Architecture" of={['', 'x86_64', 'arm64']} fields={fields} />
        <Words name="hardware_model" title="Hardware model" fields={fields} />
        <Words name="labels" title="Labels" hint="rack=b12, zone=a" fields={fields} />
      </Part>
      <Part title="In which order">
        <Words name="waves" title="Waves, then the rest" hint="1, 10%, 30%" fields={fields} />
        <Words name="max_unavailable" title="At once" hint="1 or 5%" fields={fields} />
        <Words name="domain" title="Failure domain: a label" hint="rack" fields={fields} />
        <Words name="per_domain" title="At once in a domain" hint="any number" fields={fields} />
        <Words name="soak_minutes" title="Minutes between waves" hint="10" fields={fields} />
        <Words name="pool" title="Pool of leases" hint="default" fields={fields} />
      </Part>
      <Part title="When it stops">
        <Words name="failures" title="So many failed" hint="1 or 2%" fields={fields} />
        <Words name="missing" title="So many missing" hint="1 or 2%" fields={fields} />
        <Choice name="on_failure" title="A host that fails" of={['hold', 'roll-back']} fields={fields} />
        <Words name="approvals" title="Approvals by others" hint="0" fields={fields} />
      </Part>
      <Part title="When it may go">
        <Text
          name="windows"
          title="Windows, one a line (empty: always)"
          hint="mon-fri 22:00 4h Europe/Berlin"
          fields={fields}
        />
        <Text
          name="more"
          title="More terms, as JSON: health, freezes, deadlines, attempts"
          hint='{"attempts": {"most": 2}}'
          fields={fields}
        />
      </Part>
    </>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <fieldset>
      <legend>{title}</legend>
      {children}
    </fieldset>
  )
}

interface Field {
  readonly name: string
  readonly title: string
  readonly fields: Fields
  readonly hint?: string
  readonly required?: boolean
}

function Words({ name, title, fields, hint, required = false }: Field) {
  return (
    <label>
      {title}
      <input name={name} value={fields[name]} placeholder={hint} required={required} />
    </label>
  )
}

function Text({ name, title, fields, hint }: Field) {
  return (
    <label class="wide">
      {title}
      <textarea name={name} rows={3} placeholder={hint} spellcheck={false}>
        {fields[name]}
      </textarea>
    </label>
  )
}

function Choice({ name, title, fields, of }: Field & { readonly of: readonly string[] }) {
  return (
    <label>
      {title}
      <select name={name}>
        {of.map((one) => (
          <option key={one} value={one} selected={one === fields[name]}>
            {one === '' ? 'any' : one}
          </option>
        ))}
      </select>
    </label>
  )
}
