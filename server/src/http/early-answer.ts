import type { IncomingMessage, ServerResponse } from 'node:http'

/** How much of a body is still listened to once its answer is sent. */
export interface Drain {
  readonly bytes: number
  /** Milliseconds. */
  readonly time: number
}

/** How long the connection stays open, unread, so that a blocked sender can read its answer, in milliseconds. */
const LINGER_TIME = 5_000

/** Whether a body was announced whose end has not arrived. */
export function isStillSending(req: IncomingMessage): boolean {
  if (req.complete) return false
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0
}

/**
 * Answers with the status and headers set on `res` and `body` while the client is still sending: reads on as far as
 * `drain` allows, then closes the connection in a way that does not take the answer back.
 */
export function answerEarly(req: IncomingMessage, res: ServerResponse, body: Buffer, drain: Drain): void {
  const { socket } = req
  if (socket.destroyed) return
  const destroy = () => socket.destroy()
  let left = drain.bytes
  let paused = false
  let timer = setTimeout(destroy, drain.time)

  res.setHeader('Connection', 'close')
  // Not `end`: node would close the socket at once, and the reset that unread bytes cause would eat the answer.
  if (res.req.method === 'HEAD') res.flushHeaders()
  else res.write(body)

  req.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left >= 0 || paused) return
    paused = true
    // A listener on 'readable', as multer leaves one, makes `pause` void; taking it away resumes the stream in the next tick.
    req.removeAllListeners('readable')
    req.removeAllListeners('data')
    setImmediate(() => req.pause())
    clearTimeout(timer)
    timer = setTimeout(destroy, LINGER_TIME)
  })
  req.once('end', () => res.end())
  socket.once('close', () => clearTimeout(timer))
  // What the parser has to say about the rest of a refused body interests nobody; the socket's close ends it all.
  req.on('error', destroy)
  req.resume()
}
