import type { IncomingMessage } from 'node:http'

/** `boundary` among the parameters of a form's type; some may be empty (RFC 9110, section 5.6.6). RFC 2046 allows 70 characters. */
const BOUNDARY =
  /^multipart\/form-data\s*(?:;\s*(?!boundary=)(?:[^\s;="]+=(?:"(?:[^"\\]|\\.)*"|[^\s;="]*)\s*)?)*;\s*boundary=(?:"([ !#-[\]-~]{1,250})"|([!#-:<>-[\]-~]{1,250}))\s*(?:;|$)/i

/** What stands between the parts of a form (RFC 7578, section 4.1), as its `Content-Type` says; undefined when that cannot be read. */
export function formBoundary({ headers }: IncomingMessage): string | undefined {
  const found = BOUNDARY.exec(headers['content-type'] ?? '')
  return found?.[1] ?? found?.[2]
}
