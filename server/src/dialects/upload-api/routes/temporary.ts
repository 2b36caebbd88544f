import { assetNotFound } from '@keepsake/shared/domain/errors'
import { deliverAsset } from '@keepsake/shared/operations/assets/deliver-asset'
import { dropUpload } from '@keepsake/shared/operations/uploads/drop-upload'
import { uploadLimits } from '@keepsake/shared/operations/uploads/upload-limits'
import type { Context } from '@keepsake/shared/ports/context'
import type { Request, Router } from 'express'
import { mountResource } from '../../../http/mount-resource.ts'
import { allowEmbedding } from '../../../http/security-headers.ts'
import { sendContent } from '../../../http/send-content.ts'
import { authenticateKey } from '../authenticate.ts'
import { present, temporaryUrl } from '../present.ts'
import { receiveFile } from '../receive-file.ts'

/** What pages may do: upload, look at what they uploaded, drop it. */
export function mountTemporary(router: Router, context: Context): void {
  const { settings, log } = context
  const delivery = { headers: { 'Cache-Control': 'private, no-store' }, idleTimeout: settings.idleTimeout, log }

  mountResource(router, '/asset/upload/temp', {
    async get(req, res) {
      const { maxBytes, types } = uploadLimits(context, await authenticateKey(context, req))
      res.json({ maxBytes, types, maxFiles: null, expiresIn: Math.floor(settings.tempTtl / 1000) })
    },

    async post(req, res) {
      const principal = await authenticateKey(context, req)
      const asset = await receiveFile(context, principal, req, res)
      res.status(201).setHeader('Location', temporaryUrl(settings, asset.tempId))
      res.json({ tempAssetId: asset.tempId, asset: present(asset, settings) })
    },
  })

  mountResource(router, '/asset/upload/temp/:tempId', {
    async get(req, res) {
      const found = await deliverAsset(context, { tempId: tempIdOf(req) })
      allowEmbedding(res)
      await sendContent(req, res, found, delivery)
    },

    async delete(req, res) {
      const principal = await authenticateKey(context, req)
      await dropUpload(context, principal, tempIdOf(req))
      res.status(204).end()
    },
  })
}

function tempIdOf(req: Request): string {
  const { tempId } = req.params
  if (typeof tempId !== 'string') throw assetNotFound()
  return tempId
}
