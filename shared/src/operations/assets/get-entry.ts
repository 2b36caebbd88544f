import type { Asset } from '../../domain/asset.ts'
import { assetNotFound } from '../../domain/errors.ts'
import type { SecretPrincipal } from '../../domain/principal.ts'
import { deletePersisted } from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'

/** A persisted asset, hotlinks too, by its number in the project. Throws ASSET_NOT_FOUND. */
export async function getEntry(context: Context, principal: SecretPrincipal, number: number): Promise<Asset> {
  const asset = await context.assets.findByNumber(principal.project.id, number)
  if (asset?.state !== 'persisted') throw assetNotFound()
  return asset
}

/** Deletes it. Of concurrent calls exactly one succeeds; the others throw ASSET_NOT_FOUND. */
export async function deleteEntry(context: Context, principal: SecretPrincipal, number: number): Promise<void> {
  const asset = await getEntry(context, principal, number)
  await changeAsset(context, asset, (fresh, now) => {
    if (fresh.state !== 'persisted') throw assetNotFound()
    return deletePersisted(fresh, now, context.settings)
  })
}
