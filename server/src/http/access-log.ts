import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '@keepsake/shared/ports/log'
import { requestId } from './request-id.ts'

const LONGEST_PATH = 300

/** Logs one line when the request is over. Never its query, its headers or a whole temporary id: whoever knows one may read the bytes. */
export function logRequest(req: IncomingMessage, res: ServerResponse, log: Log): void {
  const { socket, method } = req
  const begun = performance.now()
  const written = socket.bytesWritten
  const path = loggablePath(req.url ?? '')
  const id = requestId(req, res)
  res.once('close', () => {
    log.info('request', {
      requestId: id,
      method,
      path,
      status: res.headersSent ? res.statusCode : 0,
      ms: Math.round((performance.now() - begun) * 10) / 10,
      bytes: socket.bytesWritten - written,
      ...(!res.writableFinished && { aborted: true }),
    })
  })
}

/** The path of a request target as the log shows it. */
export function loggablePath(target: string): string {
  const path = target.split('?', 1).join('').slice(0, LONGEST_PATH)
  return path.replace(/(temp(?:_|%5f)\w{4})\w+/gi, '$1…')
}
