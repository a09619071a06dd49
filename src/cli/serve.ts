import { serve } from '../server.ts'

/** `berth serve`: the service, as its environment says, until a signal. */
export async function serveCommand(): Promise<void> {
  await serve()
}
