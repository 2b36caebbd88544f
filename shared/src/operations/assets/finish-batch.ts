import type { Asset } from '../../domain/asset.ts'
import type { Batch } from '../../domain/batch.ts'
import { isCode } from '../../domain/errors.ts'
import type { Context } from '../../ports/context.ts'
import { claimAsset } from './claim-asset.ts'
import { finishPersist } from './finish-persist.ts'
import { moveBatchOn } from './move-batch-on.ts'

/**
 * Persists every member of a batch that was committed; its deadline no longer matters. May be repeated, also concurrently.
 * Answers with the members as they now stand. Throws UNAVAILABLE; the worker then goes on with it.
 */
export async function finishBatch(context: Context, batch: Batch): Promise<Asset[]> {
  const outcomes = await Promise.allSettled(batch.members.map((id) => finishMember(context, id)))
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failure) throw failure.reason
  if (batch.state === 'committed') await moveBatchOn(context, batch, 'done')
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' && outcome.value ? [outcome.value] : []))
}

async function finishMember(context: Context, id: string): Promise<Asset | undefined> {
  const asset = await context.assets.find(id)
  try {
    return asset && (await finishPersist(context, await claimAsset(context, asset)))
  } catch (error) {
    if (!isCode(error, 'ASSET_NOT_FOUND')) throw error
    // It was persisted, and then somebody deleted it.
    return context.assets.find(id)
  }
}
