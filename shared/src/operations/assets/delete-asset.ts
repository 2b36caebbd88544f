import { isDead } from '../../domain/asset.ts'
import type { SecretPrincipal } from '../../domain/principal.ts'
import * as transitions from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'
import { findOwnAsset } from './get-asset.ts'
import { isHeld } from './is-held.ts'

/**
 * Deletes a persisted asset, drops a temporary one, by id or temporary id. Its urls answer 404 at once; the worker deletes the bytes.
 * What is not there is left alone. Throws ASSET_BUSY while a persist is under way.
 */
export async function deleteAsset(context: Context, principal: SecretPrincipal, id: string): Promise<void> {
  const asset = await findOwnAsset(context, principal, id)
  // What only points elsewhere is no asset of this verb.
  if (!asset || asset.url !== undefined) return
  await changeAsset(context, asset, async (fresh, now) => {
    if (isDead(fresh) || fresh.state === 'uploading') return fresh
    if (fresh.state !== 'temporary') return transitions.deletePersisted(fresh, now, context.settings)
    if (await isHeld(context, fresh)) throw transitions.assetBusy()
    return transitions.drop(fresh, now, context.settings)
  })
}
