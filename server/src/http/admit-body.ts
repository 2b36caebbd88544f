import type { IncomingMessage, ServerResponse } from 'node:http'

/** Tells a client that asked first (`Expect: 100-continue`) to send its body. Call it once everything that can be refused is checked. */
export function admitBody(req: IncomingMessage, res: ServerResponse): void {
  if (/^100-continue$/i.test(req.headers.expect ?? '')) res.writeContinue()
}

/** The length that the client announced, in bytes; undefined for a body in chunks. */
export function announcedLength(req: IncomingMessage): number | undefined {
  const length = req.headers['content-length']
  return length === undefined ? undefined : Number(length)
}
