import type { Asset } from '../../domain/asset.ts'
import { assetNotFound } from '../../domain/errors.ts'
import { permanentKey } from '../../domain/object-key.ts'
import { placeOfKey } from '../../domain/place.ts'
import * as transitions from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'
import { withFreeKey } from '../with-free-key.ts'
import { isHeld } from './is-held.ts'

/**
 * `temporary → persisting`: gives the asset its permanent key, with a suffix where the plain one is taken. Answers with the record
 * when it is persisting or persisted already. Throws ASSET_NOT_FOUND for one that is dead or late, which is expired before it says so.
 */
export async function claimAsset(context: Context, asset: Asset): Promise<Asset> {
  return withFreeKey(context, (suffix) => claimUnder(context, asset, suffix))
}

async function claimUnder(context: Context, asset: Asset, suffix: string | undefined): Promise<Asset> {
  const { settings } = context
  const claimed = await changeAsset(context, asset, async (fresh, now) => {
    if (fresh.state !== 'temporary') return fresh
    if (transitions.isLate(fresh, now) && !(await isHeld(context, fresh))) {
      return transitions.expire(fresh, now, settings)
    }
    const key = permanentKey(fresh.name, now, suffix)
    return transitions.claim(fresh, { key, place: placeOfKey(key) }, now, settings)
  })
  if (claimed?.state === 'persisting' || claimed?.state === 'persisted') return claimed
  throw assetNotFound()
}
