import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { CLASSES, pictureStyle, PREFIX } from '../../picture/index.ts'

const SHEET = pictureStyle(CLASSES, `.${PREFIX}-map`)

/** The colours of pictures that stand in a page, which may bring no style of their own. */
export const pictureSheet: FastifyPluginAsyncZod = async (web) => {
  web.get('/assets/picture.css', async (_request, reply) => reply.type('text/css; charset=utf-8').send(SHEET))
}
