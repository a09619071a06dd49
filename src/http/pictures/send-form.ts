import type { FastifyReply, FastifyRequest } from 'fastify'
import { acceptedForm, type Form } from '../accepted-form.ts'

type Made<T> = () => T | Promise<T>

/** One thing in each of its forms; only the one that is asked for is made. JSON may be text already. */
export interface Forms {
  readonly json: Made<Readonly<Record<string, unknown>> | string>
  readonly text: Made<string>
  readonly svg?: Made<string>
}

const TYPES: Readonly<Record<Form, string>> = {
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
}

/** Sends what the caller likes best. Whoever keeps answers must know that this one depends on who asked how. */
export async function sendForm(
  request: FastifyRequest,
  reply: FastifyReply,
  forms: Forms,
): Promise<FastifyReply> {
  const form = acceptedForm(request.headers.accept, Object.keys(forms) as Form[])
  const made = await forms[form]?.()
  return reply.header('vary', 'accept').type(TYPES[form]).send(made)
}
