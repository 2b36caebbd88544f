import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { admitBody } from './admit-body.ts'

/**
 * The request's body as a stream of its own: destroying it leaves the connection open, so that a refusal can still be answered.
 * When the connection breaks it just stops: whoever reads it needs a signal, as `watchBody` gives one.
 */
export function receiveRaw(req: IncomingMessage, res: ServerResponse): Readable {
  const body = new Readable({
    read: () => req.resume(),
    destroy(error, done) {
      detach()
      req.pause()
      done(error)
    },
  })
  const onData = (chunk: Buffer) => {
    if (!body.push(chunk)) req.pause()
  }
  const onEnd = () => {
    body.push(null)
    detach()
  }

  function detach(): void {
    req.off('data', onData)
    req.off('end', onEnd)
  }

  req.on('data', onData)
  req.on('end', onEnd)
  req.pause()
  admitBody(req, res)
  return body
}
