import { type Asset, temporaryKey } from '../../domain/asset.ts'
import { assetNotFound, isCode, unavailable } from '../../domain/errors.ts'
import * as transitions from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'
import { ensureFolder } from '../folders/ensure-folder.ts'

/**
 * `persisting → persisted`: copies the bytes of a claimed asset to its permanent key and commits. Any number of requests and workers
 * may do this for one asset at once; each of them gets the same record. Throws ASSET_NOT_FOUND when it died meanwhile, UNAVAILABLE.
 */
export async function finishPersist(context: Context, claimed: Asset): Promise<Asset> {
  const { key, tempId } = claimed
  if (claimed.state !== 'persisting') return claimed
  if (!key || !tempId) throw new Error(`Asset ${claimed.id} is persisting without a key or a temporary id.`)

  try {
    await context.storage.copy(temporaryKey(tempId), key)
  } catch (error) {
    const fresh = await settleCopy(context, claimed, key)
    if (!isCode(error, 'OBJECT_NOT_FOUND')) throw error
    // No source: somebody committed it, or it died; otherwise its bytes may come into reach again.
    if (fresh?.state === 'persisted') return fresh
    if (fresh?.state !== 'persisting') throw assetNotFound()
    throw unavailable('The bytes of the asset are out of reach; try again.', error)
  }

  const number = await context.assets.takeNumber(claimed.projectId)
  const committed = await changeAsset(context, claimed, (fresh, now) => {
    if (fresh.state === 'persisting' && fresh.key === key) {
      return transitions.commit(fresh, number, now, context.settings)
    }
    return transitions.owe(fresh, key, now)
  })
  if (committed?.state !== 'persisted') throw assetNotFound()
  await ensureFolder(context, committed)
  return committed
}

/** A copy that failed may have written all the same: unless the record uses the key, its object is garbage. */
async function settleCopy(context: Context, claimed: Asset, key: string): Promise<Asset | undefined> {
  const fresh = await context.assets.find(claimed.id)
  return fresh && (await changeAsset(context, fresh, (fresh, now) => transitions.owe(fresh, key, now)))
}
