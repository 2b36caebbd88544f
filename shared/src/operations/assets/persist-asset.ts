import type { Asset } from '../../domain/asset.ts'
import { assetNotFound } from '../../domain/errors.ts'
import type { SecretPrincipal } from '../../domain/principal.ts'
import type { Context } from '../../ports/context.ts'
import { claimAsset } from './claim-asset.ts'
import { finishPersist } from './finish-persist.ts'

/**
 * Keeps a temporary asset for good. Repeated and concurrent calls answer with the same asset. Throws ASSET_NOT_FOUND for an id that is
 * unknown, expired, dropped, deleted or another project's; UNAVAILABLE, after which it can still be persisted.
 */
export async function persistAsset(context: Context, principal: SecretPrincipal, tempId: string): Promise<Asset> {
  const asset = await context.assets.findByTempId(tempId)
  if (asset?.projectId !== principal.project.id) throw assetNotFound()
  return finishPersist(context, await claimAsset(context, asset))
}
