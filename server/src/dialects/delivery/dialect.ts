import type { IncomingMessage, ServerResponse } from 'node:http'
import { assetNotFound, KeepsakeError } from '@keepsake/shared/domain/errors'
import { deliverAsset } from '@keepsake/shared/operations/assets/deliver-asset'
import type { Context } from '@keepsake/shared/ports/context'
import { sendProblem } from '../../http/problem.ts'
import { type DescribeRefusal, describeAsProblem, METHOD_UNKNOWN } from '../../http/refusal.ts'
import { requestId } from '../../http/request-id.ts'
import { sendContent } from '../../http/send-content.ts'
import { ANY_PAGE } from './any-page.ts'
import { isCurrentPath, readCurrentPath } from './current-path.ts'
import { keyReader } from './key-reader.ts'
import { sendCurrent } from './send-current.ts'

/** A key's bytes never change, so browsers never ask again; shared caches do once a day, so that deleted files go. */
const PERMANENT = { ...ANY_PAGE, 'Cache-Control': 'public, max-age=31536000, s-maxage=86400, immutable' }

const PREFLIGHT = { ...ANY_PAGE, 'Access-Control-Allow-Methods': 'GET, HEAD', 'Access-Control-Max-Age': '7200' }

/** The bytes of persisted assets on plain `node:http`: what it takes of a request is not for any router. */
export interface DeliveryDialect {
  /** Whether the request's path belongs to delivery, whatever comes of it. */
  matches(req: IncomingMessage): boolean
  /** Answers, whatever happens: it never rejects. */
  handle(req: IncomingMessage, res: ServerResponse): Promise<void>
  /** How a request to its paths is refused that it never gets to see. */
  readonly describeRefusal: DescribeRefusal
}

/** Serves `GET|HEAD <base>/<key>` and `<base>/files/<id>/<name>` under `/cdn/` and under the path of the CDN base url. */
export function createDelivery(context: Context): DeliveryDialect {
  const { log, settings } = context
  const keyOf = keyReader(settings.cdnBaseUrl)
  const options = { headers: PERMANENT, idleTimeout: settings.idleTimeout, log }

  async function respond(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (isPreflight(req)) {
      res.writeHead(204, PREFLIGHT).end()
      return
    }
    if (!isReading(req)) throw methodNotAllowed()
    const key = keyOf(req)
    if (key === undefined) throw assetNotFound()
    if (isCurrentPath(key)) return sendCurrent(context, req, res, readCurrentPath(key))
    await sendContent(req, res, await deliverAsset(context, { key }), options)
  }

  return {
    matches: (req) => keyOf(req) !== undefined,
    async handle(req, res) {
      requestId(req, res)
      try {
        await respond(req, res)
      } catch (error) {
        for (const [name, value] of Object.entries(ANY_PAGE)) res.setHeader(name, value)
        sendProblem(req, res, error, { log })
      }
    },
    describeRefusal(req, refusal, id) {
      // A method that nobody knows is one more that is not possible here.
      const own = refusal === METHOD_UNKNOWN && !isReading(req) ? { status: 405, error: methodNotAllowed() } : refusal
      const { headers, ...answer } = describeAsProblem(req, own, id)
      return { ...answer, headers: { ...ANY_PAGE, ...headers } }
    },
  }
}

function isPreflight(req: IncomingMessage): boolean {
  return req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined
}

function isReading({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD'
}

function methodNotAllowed(): KeepsakeError {
  return new KeepsakeError('METHOD_NOT_ALLOWED', 'Files are only read here: use GET or HEAD.', {
    details: { allow: 'GET, HEAD' },
  })
}
