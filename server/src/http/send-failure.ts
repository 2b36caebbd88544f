import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { type ErrorDetails, KeepsakeError } from '@keepsake/shared/domain/errors'
import type { Log } from '@keepsake/shared/ports/log'
import { isWaiting } from './admit-body.ts'
import { isClientGone } from './client-gone.ts'
import { answerEarly, isStillSending } from './early-answer.ts'
import { requestId } from './request-id.ts'

/** What a dialect says of an error. */
export interface Failure {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  readonly body: string
}

/** How to send a failure. */
export interface FailureOptions {
  readonly log: Log
  /** How much of a body that is still being sent is read and thrown away, in bytes, so that the answer arrives. */
  readonly drainBytes?: number
}

const DRAIN_BYTES = 1024 * 1024
const DRAIN_TIME = 30_000

/** For who was too slow and has had its time, and who does not send before it is told to. */
const SHORT_DRAIN_TIME = 1_000

/**
 * Answers an error with what `describe` makes of it, also to clients that are still sending; after the headers it can only break the
 * connection. What is no KeepsakeError is logged, and `describe` sees an INTERNAL in its place.
 */
export function sendFailure(
  req: IncomingMessage,
  res: ServerResponse,
  error: unknown,
  describe: (error: KeepsakeError, requestId: string) => Failure,
  { log, drainBytes = DRAIN_BYTES }: FailureOptions,
): void {
  const id = requestId(req, res)
  logFailure(error, id, log, req.socket.destroyed)
  if (res.headersSent || res.destroyed || req.socket.destroyed) {
    res.destroy()
    return
  }
  const shown = publicError(error)
  const { status, headers, body: text } = describe(shown, id)
  const body = Buffer.from(text)
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) res.setHeader(name, value)
  res.setHeader('Content-Length', body.length)
  res.statusCode = status
  const sendsNoMore = shown.kind === 'timeout' || isWaiting(req)
  const drain = { bytes: drainBytes, time: sendsNoMore ? SHORT_DRAIN_TIME : DRAIN_TIME }
  const send = () => (isStillSending(req) ? answerEarly(req, res, body, drain) : res.end(body))
  // A small body is often there already, just not parsed yet; then the connection can be kept.
  if (isStillSending(req)) setImmediate(send)
  else send()
}

const INTERNAL = 'Something went wrong on the server; its log tells more under this request id.'
const UNAVAILABLE = 'The server cannot say whether this was done; repeat the request in a moment.'

/** What a client may know of an error: codes that only adapters and operations exchange become INTERNAL or UNAVAILABLE. */
export function publicError(error: unknown): KeepsakeError {
  if (!(error instanceof KeepsakeError)) return new KeepsakeError('INTERNAL', INTERNAL)
  if (error.code === 'INTERNAL') return error
  if (error.kind === 'internal') return new KeepsakeError('INTERNAL', INTERNAL)
  if (error.kind !== 'unavailable') return error
  const details: ErrorDetails = { ...error.details, retryAfter: error.details.retryAfter ?? 1 }
  return new KeepsakeError('UNAVAILABLE', error.code === 'UNAVAILABLE' ? error.message : UNAVAILABLE, { details })
}

function logFailure(error: unknown, id: string, log: Log, gone: boolean): void {
  const known = error instanceof KeepsakeError
  if (known && error.kind !== 'internal' && error.kind !== 'unavailable') return
  if (gone && isClientGone(error)) return
  if (known && error.kind === 'unavailable') log.warn('request.failed', { requestId: id, error })
  else log.error('request.failed', { requestId: id, error })
}
