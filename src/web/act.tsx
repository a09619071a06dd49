import type { ComponentChildren } from 'preact'

interface Doing {
  readonly action: string
  readonly csrf: string
  /** The words on the button. */
  readonly does: string
  readonly tone?: 'quiet' | 'stop'
  /** The one thing on the page that must be found at once. */
  readonly large?: boolean
  /** Whether it asks why; the audit keeps the answer. */
  readonly reason?: boolean
  /** What else is asked, or sent along. */
  readonly children?: ComponentChildren
}

/** A form that changes something. */
export function Act({ action, csrf, does, tone, large = false, reason = false, children }: Doing) {
  return (
    <form class="act" method="post" action={action}>
      <input type="hidden" name="_csrf" value={csrf} />
      {children}
      {reason && (
        <label>
          Reason
          <input name="reason" required maxLength={500} />
        </label>
      )}
      <button class={large ? `large ${tone ?? ''}` : tone}>{does}</button>
    </form>
  )
}

/** Something that the same page sends along without asking. */
export function Sent({ name, value }: { readonly name: string; readonly value: string }) {
  return <input type="hidden" name={name} value={value} />
}
