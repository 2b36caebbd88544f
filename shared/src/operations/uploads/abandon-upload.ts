import { type Asset, temporaryKey } from '../../domain/asset.ts'
import * as transitions from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'

/** A record that is still uploading, and the key that it announced. */
type Begun = Asset & ({ readonly tempId: string } | { readonly key: string })

/**
 * Makes garbage of an upload that was refused or broke off, after its put has ended in whatever way.
 * Never throws: when the database cannot be reached, the record's own deadline does the same later.
 */
export async function abandonUpload(context: Context, asset: Begun): Promise<void> {
  const key = asset.tempId !== undefined ? temporaryKey(asset.tempId) : asset.key
  try {
    const fresh = await context.assets.find(asset.id)
    if (!fresh) return
    await changeAsset(context, fresh, (fresh, now) => {
      if (fresh.state === 'uploading') return transitions.refuseUpload(fresh, now)
      return key ? transitions.owe(fresh, key, now) : fresh
    })
  } catch (error) {
    context.log.warn('upload.abandon_failed', { assetId: asset.id, error })
  }
}
