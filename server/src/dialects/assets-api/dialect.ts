import type { IncomingMessage } from 'node:http'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { Context } from '@keepsake/shared/ports/context'
import { type ErrorRequestHandler, type RequestHandler, Router } from 'express'
import { clientAddress } from '../../http/client-address.ts'
import { limitRate } from '../../http/limit-rate.ts'
import { setSecurityHeaders } from '../../http/security-headers.ts'
import { checkKeys } from './authenticate.ts'
import { mountAssets } from './routes/assets.ts'
import { mountDescription } from './routes/description.ts'
import { mountFolders } from './routes/folders.ts'
import { sendError } from './send-error.ts'

/** What the dialect must be told beside its context. */
export interface AssetsApiOptions {
  /** Of one client; 0 for any number. */
  readonly requestsPerMinute: number
  /** Whose X-Forwarded-For tells the client's address. */
  readonly trustProxy: readonly string[]
}

const BASE = '/api/v1'

/** The paths with an id in them. */
const WITH_ID = /^\/api\/v1\/(?:assets|folders)\/[^/]+\/?$/

/** Whether the request's path is one of this dialect, whatever comes of it. */
export function isAssetsApi(req: IncomingMessage & { readonly originalUrl?: string }): boolean {
  // A router shortens the path while it is at work.
  return /^\/api\/v1(?:[/?#]|$)/.test(req.originalUrl ?? req.url ?? '')
}

/** Plain text and bare values under `/api/v1`. Closed: no request to a path below it and no error leaves it. */
export function assetsApi(context: Context, { requestsPerMinute, trustProxy }: AssetsApiOptions): Router {
  const router = Router({ caseSensitive: true })
  const { log, now } = context
  const { check, principalOf } = checkKeys(context)
  router.use(BASE, prepare)
  if (requestsPerMinute > 0) {
    const addressOf = clientAddress({ trustProxy, now, log })
    router.use(BASE, limitRate({ requestsPerMinute, addressOf }))
  }
  mountDescription(router)
  router.use(BASE, check)
  router.all(WITH_ID, expectDecodable)
  mountAssets(router, context, principalOf)
  mountFolders(router, context, principalOf)
  router.use(BASE, () => {
    throw new KeepsakeError('ROUTE_NOT_FOUND', 'there is nothing at this path')
  })
  router.use(BASE, errors(context))
  return router
}

const prepare: RequestHandler = (_req, res, next) => {
  setSecurityHeaders(res)
  res.setHeader('Cache-Control', 'no-store')
  next()
}

/** Else the router fails on `%zz` where it comes to the id. */
const expectDecodable: RequestHandler = (req, _res, next) => {
  try {
    decodeURIComponent(req.path)
  } catch (cause) {
    throw new KeepsakeError('QUERY_INVALID', 'the id is badly encoded', { cause })
  }
  next()
}

function errors({ log, settings }: Context): ErrorRequestHandler {
  const options = { log, drainBytes: settings.maxUploadBytes }
  return (error, req, res, _next) => sendError(req, res, error, options)
}
