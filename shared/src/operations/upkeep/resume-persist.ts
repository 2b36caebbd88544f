import { type Asset, temporaryKey } from '../../domain/asset.ts'
import { isCode } from '../../domain/errors.ts'
import * as transitions from '../../domain/transitions.ts'
import type { UpkeepContext } from '../../ports/context.ts'
import { finishPersist } from '../assets/finish-persist.ts'
import { changeAsset } from '../change-asset.ts'

/**
 * Finishes a persist whose request died. When its source is missing a day after the claim, the target decides: whole, it is committed;
 * missing too, the asset expires and an error is logged. Throws UNAVAILABLE while that day has not passed.
 */
export async function resumePersist(context: UpkeepContext, asset: Asset): Promise<Asset | undefined> {
  const { key, tempId, claimedAt } = asset
  if (!key || !tempId || !claimedAt) throw new Error(`Asset ${asset.id} is persisting without a claim.`)

  const isOld = context.now().getTime() - claimedAt.getTime() >= transitions.GIVE_UP_AFTER
  if (!isOld || (await sizeOf(context, temporaryKey(tempId))) !== undefined) return finishPersist(context, asset)

  const isWhole = (await sizeOf(context, key)) === asset.content?.size
  const number = isWhole ? await context.assets.takeNumber(asset.projectId) : 0
  const settled = await changeAsset(context, asset, (fresh, now) => {
    if (fresh.state !== 'persisting') return fresh
    return isWhole ? transitions.commit(fresh, number, now, context.settings) : transitions.giveUp(fresh, now)
  })
  if (settled?.state === 'expired') context.log.error('upkeep.bytes_lost', { assetId: asset.id, key })
  return settled
}

async function sizeOf({ storage }: UpkeepContext, key: string): Promise<number | undefined> {
  try {
    return await storage.size(key)
  } catch (error) {
    if (isCode(error, 'OBJECT_NOT_FOUND')) return undefined
    throw error
  }
}
