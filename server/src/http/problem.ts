import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { ErrorKind } from '@keepsake/shared/domain/errors'
import { type FailureOptions, publicError, sendFailure } from './send-failure.ts'

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
export function sendProblem(req: IncomingMessage, res: ServerResponse, error: unknown, options: FailureOptions): void {
  const describe = (shown: unknown, id: string) => {
    const { body, ...head } = describeProblem(shown, id, req.headers.accept)
    return { ...head, body: JSON.stringify(body) }
  }
  sendFailure(req, res, error, describe, options)
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

/** Older upload widgets ask for `application/json` and show its member `error`. */
function wantsPlainJson(accept: string): boolean {
  const types = accept.split(',').map((range) => range.split(';', 1).join('').trim().toLowerCase())
  return types.includes('application/json') && !types.includes('application/problem+json')
}
