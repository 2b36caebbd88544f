import { once } from 'node:events'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { Delivery } from '@keepsake/shared/operations/assets/deliver-asset'
import type { Log } from '@keepsake/shared/ports/log'
import type { ByteRange } from '@keepsake/shared/ports/storage'
import { checkPreconditions, isRangeCurrent, type Validators } from './conditionals.ts'
import { addContentHeaders } from './content-headers.ts'
import { formatHttpDate } from './http-date.ts'
import { parseRange } from './parse-range.ts'
import { requestId } from './request-id.ts'
import { type Head, writeBody } from './write-body.ts'

/** How to send content. */
export interface SendOptions {
  /** What the address adds to what the content says of itself: how long it may be cached, and who may read it. */
  readonly headers: Readonly<Record<string, string>>
  /** A client that takes nothing for so long is cut, in milliseconds. */
  readonly idleTimeout: number
  /** The address may lead to other content a moment later: no time is told, seconds are too coarse to tell the two apart. */
  readonly isReplaceable?: boolean
  readonly log: Log
}

/**
 * Answers a GET or HEAD with the content of `delivery`: all of it, one range, or 304. Before the headers are sent it throws
 * (PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE, what opening throws); later a failure is logged and breaks the connection.
 */
export async function sendContent(
  req: IncomingMessage,
  res: ServerResponse,
  delivery: Delivery,
  { headers, idleTimeout, isReplaceable = false, log }: SendOptions,
): Promise<void> {
  const { asset } = delivery
  const { sha256, size, storedAt } = asset.content
  const validators = { etag: `"${sha256}"`, ...(!isReplaceable && { lastModified: storedAt }) }
  // One object that grows: spreading others into it would cost more than everything else here.
  const sent: OutgoingHttpHeaders = {
    ETag: validators.etag,
    ...(!isReplaceable && { 'Last-Modified': formatHttpDate(storedAt) }),
    'Accept-Ranges': 'bytes',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'cross-origin',
  }
  Object.assign(sent, headers)
  const verdict = checkPreconditions(req.headers, validators)
  if (verdict === 'failed') {
    throw new KeepsakeError('PRECONDITION_FAILED', 'The file is not the one that the request was made for.')
  }
  if (verdict === 'unchanged') {
    res.writeHead(304, sent).end()
    return
  }

  const range = requestedRange(req, res, size, validators)
  const length = range ? range.end - range.start + 1 : size
  addContentHeaders(sent, asset, wantsDownload(req))
  sent['Content-Length'] = length
  if (range) sent['Content-Range'] = `bytes ${range.start}-${range.end}/${size}`
  const head = { status: range ? 206 : 200, headers: sent }

  // A pipelined request waits for its turn before it holds anything; when its connection dies, the wait goes with it.
  if (!res.socket) await once(res, 'socket')
  if (req.method === 'HEAD') return sendHead(res, head, delivery, size)

  const { body } = await delivery.open(range)
  if (res.destroyed) {
    if (!(body instanceof Uint8Array)) body.destroy()
    return
  }
  // Without a listener of 'timeout' the server cuts the connection; node takes the timeout back for the next request.
  req.socket.setTimeout(idleTimeout)
  try {
    await writeBody(res, head, body, length)
  } catch (error) {
    // Whoever left does not miss the rest.
    if (res.destroyed) return
    if (!res.headersSent) throw error
    log.error('delivery.broken', { requestId: requestId(req, res), assetId: asset.id, error })
    res.destroy()
  }
}

/** Looks for the bytes all the same: HEAD must not promise what GET cannot give. */
async function sendHead(res: ServerResponse, head: Head, delivery: Delivery, size: number): Promise<void> {
  const { body } = await delivery.open(size > 0 ? { start: 0, end: 0 } : undefined)
  if (!(body instanceof Uint8Array)) body.destroy()
  res.writeHead(head.status, head.headers).end()
}

/** The range to send; undefined means everything. */
function requestedRange(
  req: IncomingMessage,
  res: ServerResponse,
  size: number,
  validators: Validators,
): ByteRange | undefined {
  const header = req.headers.range
  if (header === undefined || req.method !== 'GET') return undefined
  if (!isRangeCurrent(req.headers, validators)) return undefined
  const range = parseRange(header, size)
  if (range !== 'unsatisfiable') return range
  res.setHeader('Content-Range', `bytes */${size}`)
  throw new KeepsakeError('RANGE_NOT_SATISFIABLE', `The file has ${size} bytes; the range lies outside of them.`)
}

/** `?download`, with any value. */
function wantsDownload({ url = '' }: IncomingMessage): boolean {
  const query = url.indexOf('?')
  return query >= 0 && new URLSearchParams(url.slice(query)).has('download')
}
