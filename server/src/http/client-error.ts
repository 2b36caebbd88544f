import { IncomingMessage, type Server, ServerResponse, STATUS_CODES } from 'node:http'
import { Socket } from 'node:net'
import { type DescribeRefusal, parserRefusal } from './refusal.ts'
import { requestId } from './request-id.ts'
import { useOriginForm } from './request-target.ts'
import type { Failure } from './send-failure.ts'

/** What node's parser says when it gives up. */
interface ParserError extends NodeJS.ErrnoException {
  /** What it was reading, if anything, and how far it came. */
  readonly rawPacket?: Buffer
  readonly bytesParsed?: number
}

/** The events that bring a request. */
const REQUESTS = ['request', 'checkContinue', 'checkExpectation']

/** How much of what the parser was reading is searched for a request line, in bytes: more than any path needs to be told. */
const LINE_BYTES = 1024

const NOTHING = Buffer.alloc(0)
const BLANK_LINE = '\r\n\r\n'
const REQUEST_LINE = /^[\r\n]*([\w!#$%&'*+.^`|~-]+) (\S+)/

/** Answers what is no HTTP request like any other mistake, unless an answer is already under way on that connection. */
export function answerClientErrors(server: Server, describe: DescribeRefusal): void {
  const answers = new WeakMap<object, ServerResponse>()
  for (const event of REQUESTS) {
    server.prependListener(event, (req: IncomingMessage, res: ServerResponse) => answers.set(req.socket, res))
  }

  server.on('clientError', (error: ParserError, socket) => {
    const last = answers.get(socket)
    const isAnswered = !last || last.writableFinished
    const isCutOff = !isAnswered && !last.req.complete && last.headersSent
    if (error.code === 'ECONNRESET' || !socket.writable || isCutOff || !(socket instanceof Socket)) {
      socket.destroy()
      return
    }
    if (!isAnswered && last.req.complete) {
      // The answer to a whole request is worth more than the refusal of what follows it.
      last.once('finish', () => socket.end())
      return
    }
    const isInItsBody = last && !last.headersSent && !last.req.complete
    const res = isInItsBody ? last : new ServerResponse(guessRequest(socket, error))
    const failure = describe(res.req, parserRefusal(error.code), requestId(res.req, res))
    socket.end(answerText(res, failure), () => socket.destroy())
  })
}

/** What can be told of a request that the parser refused before it knew it. */
function guessRequest(socket: Socket, { rawPacket = NOTHING, bytesParsed = 0 }: ParserError): IncomingMessage {
  const req = new IncomingMessage(socket)
  // Requests before it may have come along.
  const previousEnd = rawPacket.subarray(0, bytesParsed).lastIndexOf(BLANK_LINE)
  const start = previousEnd < 0 ? 0 : previousEnd + BLANK_LINE.length
  const [, method = '', url = ''] = REQUEST_LINE.exec(rawPacket.toString('latin1', start, start + LINE_BYTES)) ?? []
  req.method = method
  req.url = url
  useOriginForm(req)
  return req
}

/** Written by hand: node sends no answer to a request that it does not know, and a known one may still be worked on. */
function answerText(res: ServerResponse, { status, headers, body }: Failure): string {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) res.setHeader(name, value)
  res.setHeader('Content-Length', Buffer.byteLength(body))
  res.setHeader('Connection', 'close')
  const lines = Object.entries(res.getHeaders()).map(([name, value]) => `${headerCase(name)}: ${value}`)
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', res.req.method === 'HEAD' ? '' : body].join(
    '\r\n',
  )
}

/** Names look as in all other answers. */
function headerCase(name: string): string {
  return name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())
}
