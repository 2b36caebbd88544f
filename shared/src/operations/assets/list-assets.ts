import type { Asset } from '../../domain/asset.ts'
import type { SecretPrincipal } from '../../domain/principal.ts'
import type { AssetListing, AssetPosition } from '../../ports/asset-repository.ts'
import type { Context } from '../../ports/context.ts'

/** A page of the project's assets, newest first; `after` is where the next one goes on, absent on the last. */
export async function listAssets(
  context: Context,
  principal: SecretPrincipal,
  { limit, ...listing }: Omit<AssetListing, 'now'>,
): Promise<{ assets: Asset[]; after?: AssetPosition }> {
  // One more than asked for tells whether there is a next page.
  const query = { ...listing, limit: limit + 1, now: context.now() }
  const found = await context.assets.listNewest(principal.project.id, query)
  const assets = found.slice(0, limit)
  const last = assets.at(-1)
  return found.length > limit && last ? { assets, after: { createdAt: last.createdAt, id: last.id } } : { assets }
}
