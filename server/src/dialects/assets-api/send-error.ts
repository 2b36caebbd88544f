import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorKind, KeepsakeError } from '@keepsake/shared/domain/errors'
import type { DescribeRefusal } from '../../http/refusal.ts'
import { type Failure, type FailureOptions, sendFailure } from '../../http/send-failure.ts'

/** A mistake of the client is a 400 here, whatever it is. */
const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 401,
  not_found: 400,
  method: 405,
  timeout: 408,
  conflict: 400,
  precondition: 400,
  too_large: 400,
  unsupported: 400,
  unsatisfiable: 400,
  limited: 429,
  internal: 500,
  unavailable: 503,
  full: 507,
}

/** The one place where an error becomes an answer of this dialect: one sentence of plain text, or nothing for who comes too often. */
export function sendError(req: IncomingMessage, res: ServerResponse, error: unknown, options: FailureOptions): void {
  sendFailure(req, res, error, describe, options)
}

/** A request that never got here is told so in the same way. */
export const describeAsSentence: DescribeRefusal = (_req, { status, error }) => ({ ...describe(error), status })

function describe({ code, kind, message, details: { allow, retryAfter } }: KeepsakeError): Failure {
  const status = code === 'ROUTE_NOT_FOUND' ? 404 : STATUS[kind]
  const body = kind === 'limited' ? '' : message
  return {
    status,
    headers: {
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...(body && { 'Content-Type': 'text/plain; charset=utf-8' }),
      ...(status === 401 && { 'WWW-Authenticate': 'ApiKey' }),
      ...(allow !== undefined && { Allow: allow }),
      ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
    },
    body,
  }
}
