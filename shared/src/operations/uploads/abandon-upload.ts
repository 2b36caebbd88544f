import { type Asset, temporaryKey } from '../../domain/asset.ts'
import * as transitions from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'

/**
 * Makes garbage of an upload that was refused or broke off, after its put has ended in whatever way.
 * Never throws: when the database cannot be reached, the record's own deadline does the same later.
 */
export async function abandonUpload(context: Context, asset: Asset & { readonly tempId: string }): Promise<void> {
  try {
    const fresh = await context.assets.find(asset.id)
    if (!fresh) return
    await changeAsset(context, fresh, (fresh, now) => {
      if (fresh.state === 'uploading') return transitions.refuseUpload(fresh, now)
      return transitions.owe(fresh, temporaryKey(asset.tempId), now)
    })
  } catch (error) {
    context.log.warn('upload.abandon_failed', { assetId: asset.id, error })
  }
}
