import type { Asset } from '../../domain/asset.ts'
import { assetNotFound } from '../../domain/errors.ts'
import type { SecretPrincipal } from '../../domain/principal.ts'
import { isLate } from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'

/** The asset by its id or temporary id, temporary or persisted. Throws ASSET_NOT_FOUND. */
export async function getAsset(context: Context, principal: SecretPrincipal, id: string): Promise<Asset> {
  const asset = await findOwnAsset(context, principal, id)
  if (!asset || !isReadable(asset, context.now())) throw assetNotFound()
  return asset
}

/** The principal's record in whatever state, by its id or temporary id. */
export async function findOwnAsset(
  context: Context,
  principal: SecretPrincipal,
  id: string,
): Promise<Asset | undefined> {
  const asset = id.startsWith('temp_') ? await context.assets.findByTempId(id) : await context.assets.find(id)
  return asset?.projectId === principal.project.id ? asset : undefined
}

/** What only points elsewhere is no asset of these verbs. */
function isReadable(asset: Asset, now: Date): boolean {
  if (!asset.content) return false
  if (asset.state === 'temporary') return !isLate(asset, now)
  return asset.state === 'persisting' || asset.state === 'persisted'
}
