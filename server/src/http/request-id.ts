import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

const HEADER = 'X-Request-Id'

/** What may be taken over from a client or a proxy: nothing that could forge a line of a log. */
const TRUSTED = /^[A-Za-z0-9._-]{1,64}$/

/** The name of this request in answers and logs: the client's own `X-Request-Id` when it is a plain word, else a new one. */
export function requestId(req: IncomingMessage, res: ServerResponse): string {
  const known = res.getHeader(HEADER)
  if (typeof known === 'string') return known
  const sent = req.headers['x-request-id']
  const id = typeof sent === 'string' && TRUSTED.test(sent) ? sent : randomUUID()
  if (!res.headersSent) res.setHeader(HEADER, id)
  return id
}
