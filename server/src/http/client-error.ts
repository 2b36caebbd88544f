import { randomUUID } from 'node:crypto'
import { type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { describeProblem } from './problem.ts'

/** What node's parser refuses before there is a request, and the status that says so. */
const STATUS: Readonly<Record<string, { status: number; error: KeepsakeError }>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    error: new KeepsakeError('BODY_INVALID', 'The headers of the request are too long.'),
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    error: new KeepsakeError('UPLOAD_TIMEOUT', 'The request did not arrive in time.'),
  },
}

const MALFORMED = { status: 400, error: new KeepsakeError('BODY_INVALID', 'The request is not well-formed HTTP.') }

/** Answers what is no HTTP request like any other mistake, unless an answer is already under way on that connection. */
export function answerClientErrors(server: Server): void {
  const answers = new WeakMap<object, ServerResponse>()
  server.prependListener('request', (req, res) => answers.set(req.socket, res))
  server.prependListener('checkContinue', (req, res) => answers.set(req.socket, res))

  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answers.get(socket)
    const underWay = answer?.headersSent && !answer.writableFinished
    if (error.code === 'ECONNRESET' || !socket.writable || underWay) {
      socket.destroy()
      return
    }
    socket.end(response(error.code ?? ''), () => socket.destroy())
  })
}

function response(code: string): string {
  const { status, error } = STATUS[code] ?? MALFORMED
  const id = randomUUID()
  const { headers, body } = describeProblem(error, id)
  const title = STATUS_CODES[status]
  const text = JSON.stringify({ ...body, title, status })
  const lines = Object.entries({
    ...headers,
    'X-Request-Id': id,
    'Content-Length': Buffer.byteLength(text),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status} ${title}`, ...lines, '', text].join('\r\n')
}
