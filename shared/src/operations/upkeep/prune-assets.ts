import { type Asset, prunable } from '../../domain/asset.ts'
import { prune } from '../../domain/transitions.ts'
import type { UpkeepContext } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'
import type { OnFailure } from './attend-assets.ts'
import { deleteObjects } from './delete-objects.ts'

/** Forgets the retired keys of living records, after their objects were deleted once more for writers that woke up late. */
export async function pruneAssets(context: UpkeepContext, assets: readonly Asset[], fail: OnFailure): Promise<void> {
  const now = context.now()
  const doomed = assets
    .map((asset) => ({ asset, keys: keysToForget(asset, now) }))
    .filter(({ keys }) => keys.length > 0)
  for (const { asset, keys } of await deleteObjects(context, doomed, fail)) {
    try {
      await changeAsset(context, asset, (fresh) => (fresh.version === asset.version ? prune(fresh, keys) : fresh))
    } catch (error) {
      await fail(asset, error)
    }
  }
}

function keysToForget(asset: Asset, now: Date): string[] {
  return prunable(asset)
    .filter(({ forgetAt }) => forgetAt <= now)
    .map(({ key }) => key)
}
