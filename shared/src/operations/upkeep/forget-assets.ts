import { type Asset, isSettled, keysOf } from '../../domain/asset.ts'
import type { UpkeepContext } from '../../ports/context.ts'
import type { OnFailure } from './attend-assets.ts'
import { deleteObjects } from './delete-objects.ts'

/** Removes dead records that owe nothing any more, after all their objects were deleted once more for writers that woke up late. */
export async function forgetAssets(context: UpkeepContext, assets: readonly Asset[], fail: OnFailure): Promise<void> {
  const over = assets.filter(({ forgetAt }) => forgetAt !== undefined && forgetAt <= context.now()).filter(isSettled)
  const deleted = await deleteObjects(
    context,
    over.map((asset) => ({ asset, keys: keysOf(asset) })),
    fail,
  )
  await Promise.all(
    deleted.map(async ({ asset }) => {
      try {
        await context.assets.forget(asset)
      } catch (error) {
        await fail(asset, error)
      }
    }),
  )
}
