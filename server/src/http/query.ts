import type { IncomingMessage } from 'node:http'

/** The query of a request target; what is badly encoded is taken as it stands. */
export function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const mark = url.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark))
}
