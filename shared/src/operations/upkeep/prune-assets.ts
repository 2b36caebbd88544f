import { type Asset, hasSpareKeys, isSettled, pruneAt } from '../../domain/asset.ts'
import { prune } from '../../domain/transitions.ts'
import type { UpkeepContext } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'
import type { OnFailure } from './attend-assets.ts'
import { deleteObjects } from './delete-objects.ts'

/** Forgets the keys that persisted records no longer use, after their objects were deleted once more for writers that woke up late. */
export async function pruneAssets(context: UpkeepContext, assets: readonly Asset[], fail: OnFailure): Promise<void> {
  const idle = assets.filter((asset) => hasSpareKeys(asset) && isSettled(asset) && pruneAt(asset) <= context.now())
  const doomed = idle.map((asset) => ({ asset, keys: asset.keys.filter((key) => key !== asset.key) }))
  for (const { asset } of await deleteObjects(context, doomed, fail)) {
    try {
      await changeAsset(context, asset, (fresh) => (fresh.version === asset.version ? prune(fresh) : fresh))
    } catch (error) {
      await fail(asset, error)
    }
  }
}
