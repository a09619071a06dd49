import type { PlanBody } from '../wire/plan-body.ts'
import { Bytes } from './bytes.tsx'
import { Facts } from './facts.tsx'
import { Moment } from './moment.tsx'
import { Table } from './table.tsx'

/** What a plan goes by: inputs, what it takes for granted, warnings, and who approved what. */
export function PlanGrounds({ body }: { readonly body: PlanBody }) {
  const { inputs, assumptions, warnings, exceptions = [] } = body
  return (
    <>
      <section>
        <h2 id="inputs">Inputs</h2>
        <Facts
          of={{
            'Running kernel': inputs.release,
            Boot: <code>{inputs.boot_id ?? 'unknown'}</code>,
            'Page size': <Bytes of={inputs.page_size} />,
            Kernel: <Bytes of={inputs.kernel_size} />,
            Initrd: inputs.initrd_size === null ? 'none' : <Bytes of={inputs.initrd_size} />,
            'Command line': <code>{inputs.cmdline}</code>,
            'Earlier boots': inputs.ground ? `${inputs.ground.boots} remembered` : null,
          }}
        />
      </section>
      <Sayings id="assumptions" title="Taken for granted" items={assumptions} />
      <Sayings id="warnings" title="Warnings" items={warnings} />
      {exceptions.length > 0 && (
        <section>
          <h2 id="approvals">Approvals</h2>
          <Table
            label="Approvals"
            titles={['Memory', 'Policy', 'Approver', 'Reason', 'Evidence', 'Ends']}
            none=""
          >
            {exceptions.map(({ kind, policy, approver, reason, evidence, expires_at }) => (
              <tr key={kind}>
                <th scope="row">{kind}</th>
                <td>{policy}</td>
                <td>{approver}</td>
                <td>{reason}</td>
                <td>{evidence}</td>
                <td>
                  <Moment at={expires_at} />
                </td>
              </tr>
            ))}
          </Table>
        </section>
      )}
    </>
  )
}

interface Said {
  readonly id: string
  readonly title: string
  readonly items: PlanBody['assumptions']
}

function Sayings({ id, title, items }: Said) {
  if (items.length === 0) return null
  return (
    <section>
      <h2 id={id}>{title}</h2>
      <ul>
        {items.map(({ code, detail }) => (
          <li key={code}>
            <code>{code}</code> {detail}
          </li>
        ))}
      </ul>
    </section>
  )
}
