import type { AssetQuery } from '../../domain/asset-query.ts'
import type { SecretPrincipal } from '../../domain/principal.ts'
import type { AssetPage } from '../../ports/asset-repository.ts'
import type { Context } from '../../ports/context.ts'

/** A page of the project's persisted assets that meet the filters, hotlinks too, by number. */
export function listEntries({ assets }: Context, { project }: SecretPrincipal, query: AssetQuery): Promise<AssetPage> {
  return assets.list(project.id, query)
}
