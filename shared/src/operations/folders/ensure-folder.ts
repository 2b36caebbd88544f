import type { Asset } from '../../domain/asset.ts'
import { placeOf } from '../../domain/entry-transitions.ts'
import { withParents } from '../../domain/place.ts'
import type { Context } from '../../ports/context.ts'

/**
 * Makes a record of the folder that an asset was just put into, where there is none: it may have been deleted meanwhile.
 * Never throws: what was done to the asset stands, and the worker makes records that are missing.
 */
export async function ensureFolder(context: Context, asset: Asset): Promise<void> {
  const { projectId } = asset
  const { folder } = placeOf(asset)
  try {
    if (folder === '' || (await context.folders.findByPath(projectId, folder))) return
    await context.folders.ensure(projectId, withParents(folder), context.now())
  } catch (error) {
    context.log.warn('folder.ensure_failed', { assetId: asset.id, error })
  }
}
