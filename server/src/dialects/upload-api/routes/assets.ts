import { assetNotFound } from '@keepsake/shared/domain/errors'
import { deleteAsset } from '@keepsake/shared/operations/assets/delete-asset'
import { getAsset } from '@keepsake/shared/operations/assets/get-asset'
import { listAssets } from '@keepsake/shared/operations/assets/list-assets'
import type { Context } from '@keepsake/shared/ports/context'
import type { Request, Router } from 'express'
import { mountResource } from '../../../http/mount-resource.ts'
import { queryOf } from '../../../http/query.ts'
import { authenticateSecretKey } from '../authenticate.ts'
import { formatCursor, parseListing } from '../parse-listing.ts'
import { presentDetails } from '../present.ts'

/** A backend's view of its assets. */
export function mountAssets(router: Router, context: Context): void {
  const { settings } = context

  mountResource(router, '/asset', {
    async get(req, res) {
      const principal = await authenticateSecretKey(context, req)
      const { assets, after } = await listAssets(context, principal, parseListing(queryOf(req)))
      res.json({
        assets: assets.map((asset) => presentDetails(asset, settings)),
        after: after ? formatCursor(after) : null,
      })
    },
  })

  mountResource(router, '/asset/:id', {
    async get(req, res) {
      const principal = await authenticateSecretKey(context, req)
      const asset = await getAsset(context, principal, idOf(req))
      res.json({ asset: presentDetails(asset, settings) })
    },

    async delete(req, res) {
      const principal = await authenticateSecretKey(context, req)
      await deleteAsset(context, principal, idOf(req))
      res.status(204).end()
    },
  })
}

function idOf(req: Request): string {
  const { id } = req.params
  if (typeof id !== 'string') throw assetNotFound()
  return id
}
