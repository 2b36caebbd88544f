import { isNativeError } from 'node:util/types'

/** The client closed its connection before it had sent its whole body: nobody is left to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'

  constructor(options?: ErrorOptions) {
    super('The client went away.', options)
  }
}

/** How streams and sockets say that the other side left. */
const CODES: readonly unknown[] = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR']

/** Whether `error` says no more than that the client left: no fault of ours, and no line in the log. */
export function isClientGone(error: unknown): boolean {
  return error instanceof ClientGone || (isNativeError(error) && 'code' in error && CODES.includes(error.code))
}
