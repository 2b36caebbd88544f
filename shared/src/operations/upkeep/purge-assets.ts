import type { Asset } from '../../domain/asset.ts'
import { purge } from '../../domain/transitions.ts'
import type { UpkeepContext } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'
import type { OnFailure } from './attend-assets.ts'
import { deleteObjects } from './delete-objects.ts'

/**
 * Deletes the garbage that is due, then takes it off the records, but only off the versions that were read: a writer that left another
 * debt meanwhile is served in the next round. Answers with the records as they now stand.
 */
export async function purgeAssets(context: UpkeepContext, assets: readonly Asset[], fail: OnFailure): Promise<Asset[]> {
  const now = context.now()
  const doomed = assets.map((asset) => ({
    asset,
    keys: asset.garbage.filter(({ after }) => after <= now).map(({ key }) => key),
  }))
  const deleted = await deleteObjects(context, doomed, fail)
  const purged = await Promise.all(
    deleted.map(async ({ asset, keys }) => {
      if (keys.length === 0) return asset
      try {
        return await changeAsset(context, asset, (fresh) =>
          fresh.version === asset.version ? purge(fresh, keys) : fresh,
        )
      } catch (error) {
        await fail(asset, error)
        return undefined
      }
    }),
  )
  return purged.filter((asset) => asset !== undefined)
}
