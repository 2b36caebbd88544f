import type { IncomingMessage } from 'node:http'
import { KeepsakeError } from '@keepsake/shared/domain/errors'

/** A target as a proxy is sent it: with the scheme and the host before the path. */
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i

/** Names a path in any target: one with scheme and host means its path alone (RFC 9112, section 3.2.2), one without a path is `*`. */
export function useOriginForm(req: IncomingMessage): void {
  const { url = '' } = req
  if (url.startsWith('/')) return
  const rest = ABSOLUTE.test(url) ? url.replace(ABSOLUTE, '') : '*'
  req.url = rest === '*' || rest.startsWith('/') ? rest : `/${rest}`
}

/** Whether a request of HTTP/1.1 names no host; the protocol wants it refused. */
export function lacksHost({ headers, httpVersion }: IncomingMessage): boolean {
  return headers.host === undefined && httpVersion === '1.1'
}

/** The refusal of a request that names no host. */
export function hostMissing(): KeepsakeError {
  return new KeepsakeError('BODY_INVALID', 'The request lacks the header "Host".', { details: { param: 'Host' } })
}
