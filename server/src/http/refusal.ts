import { type IncomingMessage, STATUS_CODES } from 'node:http'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { describeProblem } from './problem.ts'
import type { Failure } from './send-failure.ts'

/** Why a request is refused before any dialect has seen it, and the status that says so. */
export interface Refusal {
  readonly status: number
  readonly error: KeepsakeError
}

/** What a client is told of a refusal. Of what never became a request, only the method and the address may be known. */
export type DescribeRefusal = (req: IncomingMessage, refusal: Refusal, requestId: string) => Failure

/** The refusal of a method that HTTP does not know. */
export const METHOD_UNKNOWN = refusal(400, 'The request names no method of HTTP.')

const MALFORMED = refusal(400, 'The request is not well-formed HTTP.')

const BY_CODE: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: refusal(431, 'The headers of the request are too long.'),
  HPE_INVALID_METHOD: METHOD_UNKNOWN,
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    error: new KeepsakeError('UPLOAD_TIMEOUT', 'The request did not arrive in time.'),
  },
}

/** What an error of node's parser means. */
export function parserRefusal(code = ''): Refusal {
  return BY_CODE[code] ?? MALFORMED
}

/** A refusal in JSON. */
export const describeAsProblem: DescribeRefusal = (req, { status, error }, id) => {
  const { headers, body } = describeProblem(error, id, req.headers.accept)
  return { status, headers, body: JSON.stringify({ ...body, title: STATUS_CODES[status], status }) }
}

function refusal(status: number, message: string): Refusal {
  return { status, error: new KeepsakeError('BODY_INVALID', message) }
}
