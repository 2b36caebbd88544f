import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { Context } from '@keepsake/shared/ports/context'
import { type ErrorRequestHandler, type RequestHandler, Router } from 'express'
import { sendProblem } from '../../http/problem.ts'
import { setSecurityHeaders } from '../../http/security-headers.ts'
import { cors } from './cors.ts'
import { mountAssets } from './routes/assets.ts'
import { mountDescription } from './routes/description.ts'
import { mountHealth } from './routes/health.ts'
import { mountPersist } from './routes/persist.ts'
import { mountTemporary } from './routes/temporary.ts'

/** What the dialect must be told beside its context. */
export interface UploadApiOptions {
  readonly corsOrigins: 'any' | readonly string[]
  /** Whether the process is on its way out. */
  readonly isDraining: () => boolean
}

/** JSON under `/asset` and `/health`, and the answer for every path that is nobody else's. Closed: no request and no error leaves it. */
export function uploadApi(context: Context, { corsOrigins, isDraining }: UploadApiOptions): Router {
  const router = Router({ caseSensitive: true, strict: true })
  router.use(prepare)
  router.use('/asset/upload/temp', cors(corsOrigins))
  router.use(expectDecodable)
  mountTemporary(router, context)
  mountPersist(router, context)
  mountAssets(router, context)
  mountHealth(router, context, isDraining)
  mountDescription(router)
  router.use(() => {
    throw routeNotFound()
  })
  router.use(problems(context))
  return router
}

const prepare: RequestHandler = (_req, res, next) => {
  setSecurityHeaders(res)
  res.setHeader('Cache-Control', 'no-store')
  next()
}

/** Else the router fails on `%zz` wherever it comes to a parameter. */
const expectDecodable: RequestHandler = (req, _res, next) => {
  try {
    decodeURIComponent(req.path)
  } catch {
    throw routeNotFound()
  }
  next()
}

function problems({ log, settings }: Context): ErrorRequestHandler {
  const options = { log, drainBytes: settings.maxUploadBytes }
  return (error, req, res, _next) => sendProblem(req, res, error, options)
}

function routeNotFound(): KeepsakeError {
  return new KeepsakeError('ROUTE_NOT_FOUND', 'There is nothing at this path.')
}
