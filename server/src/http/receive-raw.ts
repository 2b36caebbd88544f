import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { admitBody } from './admit-body.ts'
import { ClientGone } from './client-gone.ts'

/**
 * The request's body as a stream of its own: destroying it leaves the connection open, so that a refusal can still be answered.
 * Fails with ClientGone when the connection breaks before the end.
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
  const onClose = () => body.destroy(new ClientGone())

  function detach(): void {
    req.off('data', onData)
    req.off('end', onEnd)
    req.off('close', onClose)
  }

  req.on('data', onData)
  req.on('end', onEnd)
  req.on('close', onClose)
  // Its 'close' follows and says the same.
  req.on('error', () => undefined)
  req.pause()
  admitBody(req, res)
  return body
}
