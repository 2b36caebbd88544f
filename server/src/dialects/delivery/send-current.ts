import type { IncomingMessage, ServerResponse } from 'node:http'
import { isCode } from '@keepsake/shared/domain/errors'
import { deliverAsset, findHotlink } from '@keepsake/shared/operations/assets/deliver-asset'
import type { Context } from '@keepsake/shared/ports/context'
import { sendContent } from '../../http/send-content.ts'
import { ANY_PAGE } from './any-page.ts'

/** Whoever keeps a copy asks before using it again. */
const REVALIDATED = { ...ANY_PAGE, 'Cache-Control': 'public, no-cache' }

/** The way to a hotlink's target says of itself what content does. */
const REDIRECT = {
  ...REVALIDATED,
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Content-Length': 0,
}

/** An asset that changes faster than it can be opened is out of reach. */
const MAX_ATTEMPTS = 3

/**
 * Answers with what the asset's content is now, or with the place that a hotlink points to. When it changes in the middle, before
 * anything was sent, starts over. Throws ASSET_NOT_FOUND, CONTENT_REPLACED, and what `sendContent` throws.
 */
export async function sendCurrent(
  context: Context,
  req: IncomingMessage,
  res: ServerResponse,
  assetId: string,
): Promise<void> {
  const { log, settings } = context
  const options = { headers: REVALIDATED, idleTimeout: settings.idleTimeout, isReplaceable: true, log }
  for (let attempt = 1; ; attempt += 1) {
    const target = await findHotlink(context, assetId)
    if (target !== undefined) {
      res.writeHead(302, { ...REDIRECT, Location: locationOf(target) }).end()
      return
    }
    try {
      return await sendContent(req, res, await deliverAsset(context, { assetId }), options)
    } catch (error) {
      // Not found may mean that it became a hotlink just now.
      const mayHaveChanged = isCode(error, 'CONTENT_REPLACED', 'ASSET_NOT_FOUND')
      if (!mayHaveChanged || attempt === MAX_ATTEMPTS) throw error
    }
  }
}

/** The url as its owner wrote it; only what a header cannot carry is encoded. */
function locationOf(url: string): string {
  // A host beyond ASCII has an encoding of its own.
  const [origin = ''] = /^https?:\/\/[^/?#\\]*/i.exec(url) ?? []
  if (/[^\x21-\x7e]/.test(origin)) return new URL(url).href
  return url.replaceAll(/[^\x21-\x7e]+/g, encodeURIComponent)
}
