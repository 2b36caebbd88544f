import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { admitBody } from './admit-body.ts'
import { bufferCollector } from './buffer-collector.ts'

/** What is read ahead: pausing for every chunk costs more than the memory. */
const BUFFER_BYTES = 256 * 1024

/**
 * The request's body as a stream of its own: destroying it leaves the connection open, so that a refusal can still be answered.
 * When the connection breaks it just stops: whoever reads it needs a signal, as `watchBody` gives one.
 */
export function receiveRaw(req: IncomingMessage, res: ServerResponse): Readable {
  const body = new Readable({
    highWaterMark: BUFFER_BYTES,
    read: () => req.resume(),
    destroy(error, done) {
      detach()
      req.pause()
      done(error)
    },
  })
  const collect = bufferCollector()
  const onData = (chunk: Buffer) => {
    collect(chunk.length)
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
