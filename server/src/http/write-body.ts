import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { bufferCollector } from './buffer-collector.ts'

/** The beginning of an answer. */
export interface Head {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
}

/**
 * Answers with `head` and exactly `size` bytes. Throws when there are fewer or more, before the head is sent if it is known by then;
 * afterwards the caller has to break the connection. The body is destroyed in any case, also when the client goes away.
 */
export async function writeBody(
  res: ServerResponse,
  head: Head,
  body: Readable | Uint8Array,
  size: number,
): Promise<void> {
  if (body instanceof Uint8Array) {
    if (body.length !== size) throw wrongLength()
    res.writeHead(head.status, head.headers).end(body)
    return
  }
  const collect = bufferCollector()
  let left = size
  const stop = () => body.destroy()
  res.once('close', stop)
  for await (const chunk of body) {
    collect(chunk.length)
    left -= chunk.length
    if (left < 0) throw wrongLength()
    if (!res.headersSent) res.writeHead(head.status, head.headers)
    if (!res.write(chunk)) await drained(res)
  }
  res.off('close', stop)
  if (left > 0) throw wrongLength()
  if (!res.headersSent) res.writeHead(head.status, head.headers)
  res.end()
}

/** Until the client took what was written, or went away. */
function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (res.destroyed) return resolve()
    const done = () => {
      res.off('drain', done)
      res.off('close', done)
      resolve()
    }
    res.on('drain', done)
    res.on('close', done)
  })
}

function wrongLength(): Error {
  return new Error('The stored bytes are not as many as the record says.')
}
