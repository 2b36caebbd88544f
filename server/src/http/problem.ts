import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { type ErrorDetails, type ErrorKind, KeepsakeError } from '@keepsake/shared/domain/errors'
import type { Log } from '@keepsake/shared/ports/log'
import { isClientGone } from './client-gone.ts'
import { answerEarly, isStillSending } from './early-answer.ts'
import { requestId } from './request-id.ts'

const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method: 405,
  timeout: 408,
  conflict: 409,
  precondition: 412,
  too_large: 413,
  unsupported: 415,
  unsatisfiable: 416,
  limited: 429,
  internal: 500,
  unavailable: 503,
  full: 507,
}

/** How to send a problem. */
export interface ProblemOptions {
  readonly log: Log
  /** How much of a body that is still being sent is read and thrown away, in bytes, so that the answer arrives. */
  readonly drainBytes?: number
}

const DRAIN_BYTES = 1024 * 1024
const DRAIN_TIME = 30_000

/** Who was too slow has had its time. */
const LATE_DRAIN_TIME = 1_000

/** An error as RFC 9457 shows it. */
export interface Problem {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * The one place where an error becomes an answer in JSON. What is no KeepsakeError is logged and shown as INTERNAL only.
 * Reaches clients that are still sending; after the headers it can only break the connection.
 */
export function sendProblem(
  req: IncomingMessage,
  res: ServerResponse,
  error: unknown,
  { log, drainBytes = DRAIN_BYTES }: ProblemOptions,
): void {
  const id = requestId(req, res)
  logFailure(error, id, log, req.socket.destroyed)
  if (res.headersSent || res.destroyed || req.socket.destroyed) {
    res.destroy()
    return
  }
  const problem = describeProblem(error, id, req.headers.accept)
  const body = Buffer.from(JSON.stringify(problem.body))
  for (const [name, value] of Object.entries(problem.headers)) res.setHeader(name, value)
  res.setHeader('Content-Length', body.length)
  res.statusCode = problem.status
  const drain = { bytes: drainBytes, time: problem.status === STATUS.timeout ? LATE_DRAIN_TIME : DRAIN_TIME }
  const send = () => (isStillSending(req) ? answerEarly(req, res, body, drain) : res.end(body))
  // A small body is often there already, just not parsed yet; then the connection can be kept.
  if (isStillSending(req)) setImmediate(send)
  else send()
}

/** What a client is told of `error`. */
export function describeProblem(error: unknown, id: string, accept = ''): Problem {
  const { code, kind, message, details } = publicError(error)
  const status = STATUS[kind]
  const { allow, ...members } = details
  const plain = wantsPlainJson(accept)
  return {
    status,
    headers: {
      'Content-Type': plain ? 'application/json' : 'application/problem+json',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...(kind === 'unauthorized' && { 'WWW-Authenticate': 'Bearer' }),
      ...(allow !== undefined && { Allow: allow }),
      ...(details.retryAfter !== undefined && { 'Retry-After': String(details.retryAfter) }),
    },
    body: {
      type: 'about:blank',
      title: STATUS_CODES[status],
      status,
      code,
      detail: message,
      ...members,
      requestId: id,
      ...(plain && { error: message }),
    },
  }
}

const INTERNAL = 'Something went wrong on the server; its log tells more under this request id.'
const UNAVAILABLE = 'The server cannot say whether this was done; repeat the request in a moment.'

/** Codes that only adapters and operations exchange become INTERNAL or UNAVAILABLE here. */
function publicError(error: unknown): KeepsakeError {
  if (!(error instanceof KeepsakeError)) return new KeepsakeError('INTERNAL', INTERNAL)
  if (error.code === 'INTERNAL') return error
  if (error.kind === 'internal') return new KeepsakeError('INTERNAL', INTERNAL)
  if (error.kind !== 'unavailable') return error
  const details: ErrorDetails = { ...error.details, retryAfter: error.details.retryAfter ?? 1 }
  return new KeepsakeError('UNAVAILABLE', error.code === 'UNAVAILABLE' ? error.message : UNAVAILABLE, { details })
}

/** Older upload widgets ask for `application/json` and show its member `error`. */
function wantsPlainJson(accept: string): boolean {
  const types = accept.split(',').map((range) => range.split(';', 1).join('').trim().toLowerCase())
  return types.includes('application/json') && !types.includes('application/problem+json')
}

function logFailure(error: unknown, id: string, log: Log, gone: boolean): void {
  const known = error instanceof KeepsakeError
  if (known && error.kind !== 'internal' && error.kind !== 'unavailable') return
  if (gone && isClientGone(error)) return
  if (known && error.kind === 'unavailable') log.warn('request.failed', { requestId: id, error })
  else log.error('request.failed', { requestId: id, error })
}
