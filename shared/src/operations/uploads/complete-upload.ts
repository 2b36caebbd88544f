import type { Asset, Received } from '../../domain/asset.ts'
import { KeepsakeError } from '../../domain/errors.ts'
import * as transitions from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'

/**
 * `uploading → temporary`, once the whole body has arrived. What it answers is acknowledged: the asset stays until its deadline.
 * Throws UPLOAD_TIMEOUT when the record's own deadline was faster; the caller then abandons the upload.
 */
export async function completeUpload(
  context: Context,
  asset: Asset & { readonly tempId: string },
  content: Received,
): Promise<Asset> {
  const completed = await changeAsset(context, asset, (fresh, now) => {
    if (fresh.state !== 'uploading') return fresh
    return transitions.completeUpload(fresh, content, now, context.settings)
  })
  if (completed?.state === 'temporary') return completed
  throw uploadTooSlow()
}

/** The refusal of an upload whose record has reached its own deadline. */
export function uploadTooSlow(): KeepsakeError {
  return new KeepsakeError('UPLOAD_TIMEOUT', 'The upload took too long; send it again.')
}
