import type { IncomingMessage, ServerResponse } from 'node:http'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { admitBody, announcedLength } from './admit-body.ts'
import { type BodyDeadlines, watchBody } from './watch-body.ts'

/** How a body that is held whole is received. */
export interface BodyLimits {
  readonly maxBytes: number
  /** The refusal of a longer one. */
  readonly tooLarge: () => KeepsakeError
  readonly deadlines: BodyDeadlines
}

/** Reads a small body of text in UTF-8 whole. Throws BODY_INVALID for what is declared otherwise, `tooLarge`, UPLOAD_TIMEOUT or ClientGone. */
export async function readBody(req: IncomingMessage, res: ServerResponse, limits: BodyLimits): Promise<Buffer> {
  if ((announcedLength(req) ?? 0) > limits.maxBytes) throw limits.tooLarge()
  const charset = /;\s*charset="?([^\s;"]+)/i.exec(req.headers['content-type'] ?? '')?.[1]
  if (charset && !/^utf-?8$/i.test(charset)) throw new KeepsakeError('BODY_INVALID', 'Send the body in UTF-8.')
  if (req.headers['content-encoding']) {
    throw new KeepsakeError('BODY_INVALID', 'Send the body without a Content-Encoding.')
  }
  admitBody(req, res)
  return readBytes(req, limits)
}

function readBytes(req: IncomingMessage, { maxBytes, tooLarge, deadlines }: BodyLimits): Promise<Buffer> {
  const watch = watchBody(req, deadlines)
  const chunks: Buffer[] = []
  let size = 0
  return new Promise<Buffer>((resolve, reject) => {
    watch.signal.addEventListener('abort', () => reject(watch.signal.reason))
    req.on('end', () => resolve(Buffer.concat(chunks)))
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBytes) reject(tooLarge())
      else chunks.push(chunk)
    })
    if (watch.signal.aborted) reject(watch.signal.reason)
  }).finally(() => {
    watch.stop()
    req.removeAllListeners('data')
  })
}
