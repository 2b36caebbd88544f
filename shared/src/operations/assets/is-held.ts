import type { Asset } from '../../domain/asset.ts'
import type { Context } from '../../ports/context.ts'
import { moveBatchOn } from './move-batch-on.ts'

/**
 * Whether a committed batch holds the asset, so that it must be persisted whatever happens. Open batches that marked it are
 * aborted on the way: after `false` none of its marks can become one that holds.
 */
export async function isHeld(context: Pick<Context, 'batches' | 'now'>, asset: Asset): Promise<boolean> {
  for (const id of asset.marks) {
    const batch = await context.batches.find(id)
    const decided = batch?.state === 'open' ? await moveBatchOn(context, batch, 'aborted') : batch
    if (decided?.state === 'committed' || decided?.state === 'done') return true
  }
  return false
}
