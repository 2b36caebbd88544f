import type { IncomingMessage } from 'node:http'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { RequestHandler } from 'express'
import { type AugmentedRequest, ipKeyGenerator, rateLimit } from 'express-rate-limit'

/** How often a client may come. */
export interface RateLimit {
  readonly requestsPerMinute: number
  readonly addressOf: (req: IncomingMessage) => string
}

const WINDOW = 60_000

/** A provider gives each of its customers at least that much of IPv6. */
const IPV6_PREFIX = 64

/**
 * Counts every request of a client in windows of a minute that begin with its first one, and throws RATE_LIMITED for what is beyond the
 * limit. Counted by IP address, IPv6 by /64, for this process.
 */
export function limitRate({ requestsPerMinute, addressOf }: RateLimit): RequestHandler {
  return rateLimit({
    windowMs: WINDOW,
    limit: requestsPerMinute,
    keyGenerator: (req) => ipKeyGenerator(addressOf(req).split('%', 1).join(''), IPV6_PREFIX),
    legacyHeaders: false,
    standardHeaders: false,
    // Its checks are of Express's own idea of a client's address, which is not asked here.
    validate: false,
    handler: (req, _res, next) => {
      const { rateLimit: counted } = req as AugmentedRequest
      next(rateLimited((counted?.resetTime?.getTime() ?? 0) - Date.now()))
    },
  })
}

function rateLimited(wait: number): KeepsakeError {
  return new KeepsakeError('RATE_LIMITED', 'There were too many requests from this address; come again later.', {
    details: { retryAfter: Math.max(1, Math.ceil(wait / 1000)) },
  })
}
