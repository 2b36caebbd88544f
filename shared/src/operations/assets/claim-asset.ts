import type { Asset } from '../../domain/asset.ts'
import { assetNotFound, isCode, unavailable } from '../../domain/errors.ts'
import { collisionSuffix, permanentKey, placeOf } from '../../domain/object-key.ts'
import * as transitions from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'
import { isHeld } from './is-held.ts'

/** Six random characters collide this often in a row only when something is wrong. */
const MAX_SUFFIXES = 20

/**
 * `temporary → persisting`: gives the asset its permanent key, with a suffix where the plain one is taken. Answers with the record
 * when it is persisting or persisted already. Throws ASSET_NOT_FOUND for one that is dead or late, which is expired before it says so.
 */
export async function claimAsset(context: Context, asset: Asset): Promise<Asset> {
  let suffix: string | undefined
  for (let attempt = 0; attempt < MAX_SUFFIXES; attempt += 1) {
    try {
      return await claimUnder(context, asset, suffix)
    } catch (error) {
      if (!isCode(error, 'KEY_TAKEN', 'NAME_TAKEN')) throw error
      suffix = collisionSuffix(context.randomBytes)
    }
  }
  throw unavailable('No free key was found for the asset; try again.')
}

async function claimUnder(context: Context, asset: Asset, suffix: string | undefined): Promise<Asset> {
  const { settings } = context
  const claimed = await changeAsset(context, asset, async (fresh, now) => {
    if (fresh.state !== 'temporary') return fresh
    if (transitions.isLate(fresh, now) && !(await isHeld(context, fresh))) {
      return transitions.expire(fresh, now, settings)
    }
    const key = permanentKey(fresh.name, now, suffix)
    return transitions.claim(fresh, { key, place: placeOf(fresh.projectId, key) }, now, settings)
  })
  if (claimed?.state === 'persisting' || claimed?.state === 'persisted') return claimed
  throw assetNotFound()
}
