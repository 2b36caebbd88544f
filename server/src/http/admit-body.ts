import type { IncomingMessage, ServerResponse } from 'node:http'

const admitted = new WeakSet<IncomingMessage>()

/** Tells a client that asked first (`Expect: 100-continue`) to send its body. Call it once everything that can be refused is checked. */
export function admitBody(req: IncomingMessage, res: ServerResponse): void {
  if (!asksFirst(req)) return
  admitted.add(req)
  res.writeContinue()
}

/** Whether the client asked whether to send its body, and was not told to. */
export function isWaiting(req: IncomingMessage): boolean {
  return asksFirst(req) && !admitted.has(req)
}

function asksFirst({ headers }: IncomingMessage): boolean {
  return /^100-continue$/i.test(headers.expect ?? '')
}

/** The length that the client announced, in bytes; undefined for a body in chunks. */
export function announcedLength(req: IncomingMessage): number | undefined {
  const length = req.headers['content-length']
  return length === undefined ? undefined : Number(length)
}
