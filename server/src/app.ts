import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Config } from '@keepsake/shared/config/config'
import type { Context } from '@keepsake/shared/ports/context'
import express from 'express'
import { assetsApi, isAssetsApi } from './dialects/assets-api/dialect.ts'
import { describeAsSentence } from './dialects/assets-api/send-error.ts'
import { createDelivery } from './dialects/delivery/dialect.ts'
import { uploadApi } from './dialects/upload-api/dialect.ts'
import { logRequest } from './http/access-log.ts'
import { answerConnect } from './http/answer-connect.ts'
import { answerClientErrors } from './http/client-error.ts'
import { messagesOf } from './http/express-messages.ts'
import { type DescribeRefusal, describeAsProblem } from './http/refusal.ts'
import { hostMissing, lacksHost, useOriginForm } from './http/request-target.ts'
import { sendFailure } from './http/send-failure.ts'
import { landingPage } from './pages/landing.ts'

/** What of the configuration the server itself needs. */
export interface AppConfig {
  readonly server: Pick<Config['server'], 'corsOrigins' | 'trustProxy'>
  readonly limits: Pick<Config['limits'], 'assetsApiRequestsPerMinute'>
}

/** The server before it listens. */
export interface App {
  readonly server: Server
  /** From now on `/health/ready` says that no new requests should come. */
  drain(): void
}

/** A little more than the longest body may take: the receivers' own clocks answer first. */
const REQUEST_GRACE = 60_000

/** Longer than the usual load balancer keeps a connection: it must not send into one that is just being closed. */
const KEEP_ALIVE = 65_000

/** The map of urls: one line for every dialect and page. */
export function createApp(context: Context, { server: { corsOrigins, trustProxy }, limits }: AppConfig): App {
  let draining = false
  const delivery = createDelivery(context)
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use(landingPage(context))
  app.use(assetsApi(context, { requestsPerMinute: limits.assetsApiRequestsPerMinute, trustProxy }))
  app.use(uploadApi(context, { corsOrigins, isDraining: () => draining }))

  // Whose path it is decides how a request is refused that no dialect gets to see.
  const describeRefusal: DescribeRefusal = (req, refusal, id) => {
    if (delivery.matches(req)) return delivery.describeRefusal(req, refusal, id)
    if (isAssetsApi(req)) return describeAsSentence(req, refusal, id)
    return describeAsProblem(req, refusal, id)
  }

  const refuseHostless = (req: IncomingMessage, res: ServerResponse) =>
    sendFailure(req, res, hostMissing(), (error, id) => describeRefusal(req, { status: 400, error }, id), context)

  // Delivery needs no router and halves its cost without one.
  const handle = (req: IncomingMessage, res: ServerResponse) => {
    logRequest(req, res, context.log)
    useOriginForm(req)
    if (lacksHost(req)) refuseHostless(req, res)
    else if (delivery.matches(req)) delivery.handle(req, res)
    else app(req, res)
  }

  const server = createServer({
    ...messagesOf(app),
    headersTimeout: 20_000,
    requestTimeout: context.settings.uploadTimeout + REQUEST_GRACE,
    keepAliveTimeout: KEEP_ALIVE,
    connectionsCheckingInterval: 5_000,
    // Node's own refusal would be an empty one.
    requireHostHeader: false,
  })
  answerClientErrors(server, describeRefusal)
  server.on('request', handle)
  // A client that asks first is told only once its headers have passed.
  server.on('checkContinue', handle)
  server.on('checkExpectation', handle)
  answerConnect(server, handle)
  return {
    server,
    drain: () => {
      draining = true
    },
  }
}
