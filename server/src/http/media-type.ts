import type { IncomingMessage } from 'node:http'

/** What the request's body is declared to be, in lower case and without parameters; empty when nothing is said. */
export function mediaType({ headers }: IncomingMessage): string {
  return (headers['content-type'] ?? '').split(';', 1).join('').trim().toLowerCase()
}
