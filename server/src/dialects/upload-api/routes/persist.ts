import { persistAsset } from '@keepsake/shared/operations/assets/persist-asset'
import { persistBatch } from '@keepsake/shared/operations/assets/persist-batch'
import type { Context } from '@keepsake/shared/ports/context'
import type { Router } from 'express'
import { mountResource } from '../../../http/mount-resource.ts'
import { readJson } from '../../../http/read-json.ts'
import { authenticateSecretKey } from '../authenticate.ts'
import { parsePersist } from '../parse-persist.ts'
import { present } from '../present.ts'

/** The second phase: a backend keeps what was uploaded. */
export function mountPersist(router: Router, context: Context): void {
  const { settings } = context

  mountResource(router, '/asset/upload/persist', {
    async post(req, res) {
      const principal = await authenticateSecretKey(context, req)
      const wanted = parsePersist(await readJson(req, res))
      if ('tempAssetId' in wanted) {
        const asset = await persistAsset(context, principal, wanted.tempAssetId)
        res.json({ asset: present(asset, settings) })
        return
      }
      const assets = await persistBatch(context, principal, wanted.tempAssetIds)
      res.json({ assets: assets.map((asset) => present(asset, settings)) })
    },
  })
}
