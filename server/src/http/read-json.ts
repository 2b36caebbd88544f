import type { IncomingMessage, ServerResponse } from 'node:http'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { type BodyLimits, readBody } from './read-body.ts'

const MAX_BYTES = 1024 * 1024

const LIMITS: BodyLimits = {
  maxBytes: MAX_BYTES,
  tooLarge: () => new KeepsakeError('BODY_TOO_LARGE', `A JSON body may have at most ${MAX_BYTES} bytes.`),
  deadlines: { total: 30_000, idle: 10_000 },
}

/**
 * Reads a body, of at most 1 MiB unless `limits` says otherwise, as JSON, whatever its Content-Type calls it.
 * Throws BODY_TOO_LARGE, BODY_INVALID, UPLOAD_TIMEOUT or ClientGone.
 */
export async function readJson(req: IncomingMessage, res: ServerResponse, limits = LIMITS): Promise<unknown> {
  const bytes = await readBody(req, res, limits)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new KeepsakeError('BODY_INVALID', 'The body is not JSON.', { cause })
  }
}
