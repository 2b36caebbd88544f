import type { IncomingMessage, ServerResponse } from 'node:http'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { admitBody, announcedLength } from './admit-body.ts'
import { watchBody } from './watch-body.ts'

const MAX_BYTES = 1024 * 1024
const DEADLINES = { total: 30_000, idle: 10_000 }

/**
 * Reads a body of at most 1 MiB as JSON, whatever its Content-Type calls it.
 * Throws BODY_TOO_LARGE, BODY_INVALID, UPLOAD_TIMEOUT or ClientGone.
 */
export async function readJson(req: IncomingMessage, res: ServerResponse): Promise<unknown> {
  if ((announcedLength(req) ?? 0) > MAX_BYTES) throw tooLarge()
  const charset = /;\s*charset="?([^\s;"]+)/i.exec(req.headers['content-type'] ?? '')?.[1]
  if (charset && !/^utf-?8$/i.test(charset)) throw invalid('Send the JSON body in UTF-8.')
  if (req.headers['content-encoding']) throw invalid('Send the JSON body without a Content-Encoding.')

  admitBody(req, res)
  const bytes = await readBytes(req)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw invalid('The body is not JSON.', cause)
  }
}

function readBytes(req: IncomingMessage): Promise<Buffer> {
  const watch = watchBody(req, DEADLINES)
  const chunks: Buffer[] = []
  let size = 0
  return new Promise<Buffer>((resolve, reject) => {
    watch.signal.addEventListener('abort', () => reject(watch.signal.reason))
    req.on('end', () => resolve(Buffer.concat(chunks)))
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_BYTES) reject(tooLarge())
      else chunks.push(chunk)
    })
    if (watch.signal.aborted) reject(watch.signal.reason)
  }).finally(() => {
    watch.stop()
    req.removeAllListeners('data')
  })
}

function tooLarge(): KeepsakeError {
  return new KeepsakeError('BODY_TOO_LARGE', `A JSON body may have at most ${MAX_BYTES} bytes.`)
}

function invalid(message: string, cause?: unknown): KeepsakeError {
  return new KeepsakeError('BODY_INVALID', message, { cause })
}
