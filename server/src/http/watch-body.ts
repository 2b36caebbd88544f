import type { IncomingMessage } from 'node:http'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { ClientGone } from './client-gone.ts'

/** How long a body may take, in milliseconds. */
export interface BodyDeadlines {
  readonly total: number
  /** Without a single byte. */
  readonly idle: number
}

/** Looks after a body that is arriving. */
export interface BodyWatch {
  /** Aborts with UPLOAD_TIMEOUT or ClientGone while the body is incomplete. */
  readonly signal: AbortSignal
  /** Ends what listens to the signal, for another reason. */
  abort(reason: unknown): void
  stop(): void
}

/** A timer that waits longer fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1

/** Notices a client that is too slow, sends nothing, or leaves. */
export function watchBody(req: IncomingMessage, { total, idle }: BodyDeadlines): BodyWatch {
  const { socket } = req
  const controller = new AbortController()
  let seen = socket.bytesRead
  let quietSince = performance.now()

  const giveUp = (reason: () => Error) => {
    stop()
    if (!req.complete) controller.abort(reason())
  }
  const onClose = () => giveUp(() => new ClientGone())
  const onLate = () => giveUp(() => tooSlow('was not complete', total))
  const totalTimer = setTimeout(onLate, Math.min(total, LONGEST_TIMER))
  const idleTimer = setInterval(
    () => {
      // Bytes that wait to be read are our own delay.
      const active = socket.bytesRead !== seen || req.readableLength > 0
      if (active) {
        seen = socket.bytesRead
        quietSince = performance.now()
      } else if (performance.now() - quietSince >= idle) giveUp(() => tooSlow('sent nothing', idle))
    },
    Math.min(idle / 4, LONGEST_TIMER),
  )

  function stop(): void {
    clearTimeout(totalTimer)
    clearInterval(idleTimer)
    req.off('close', onClose)
  }

  req.once('close', onClose)
  if (req.destroyed) onClose()
  return { signal: controller.signal, abort: (reason) => controller.abort(reason), stop }
}

function tooSlow(what: string, limit: number): KeepsakeError {
  return new KeepsakeError('UPLOAD_TIMEOUT', `The body ${what} within ${limit / 1000} s; send it again.`)
}
