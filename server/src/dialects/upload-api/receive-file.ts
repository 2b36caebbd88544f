import type { Readable } from 'node:stream'
import type { Asset, Received } from '@keepsake/shared/domain/asset'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { Principal } from '@keepsake/shared/domain/principal'
import { fileTooLarge } from '@keepsake/shared/operations/inspect-content'
import { abandonUpload } from '@keepsake/shared/operations/uploads/abandon-upload'
import { beginUpload } from '@keepsake/shared/operations/uploads/begin-upload'
import { completeUpload } from '@keepsake/shared/operations/uploads/complete-upload'
import { receiveUpload } from '@keepsake/shared/operations/uploads/receive-upload'
import { uploadAsset } from '@keepsake/shared/operations/uploads/upload-asset'
import { uploadLimits } from '@keepsake/shared/operations/uploads/upload-limits'
import type { Context } from '@keepsake/shared/ports/context'
import type { Request, Response } from 'express'
import { announcedLength } from '../../http/admit-body.ts'
import { mediaType } from '../../http/media-type.ts'
import { queryOf } from '../../http/query.ts'
import { receiveMultipart } from '../../http/receive-multipart.ts'
import { receiveRaw } from '../../http/receive-raw.ts'
import { type BodyWatch, watchBody } from '../../http/watch-body.ts'

/** What a multipart body may hold beside its file: boundaries, headers of parts, text fields. */
const MULTIPART_EXTRA_BYTES = 1024 * 1024

/** One upload, as it arrives. */
interface Arrival {
  readonly context: Context
  readonly principal: Principal
  readonly req: Request
  readonly res: Response
  readonly watch: BodyWatch
}

/** The temporary asset that the request's body becomes. Whatever fails leaves nothing behind. */
export async function receiveFile(
  context: Context,
  principal: Principal,
  req: Request,
  res: Response,
): Promise<Asset & { readonly tempId: string }> {
  const { uploadTimeout, idleTimeout } = context.settings
  const watch = watchBody(req, { total: uploadTimeout, idle: idleTimeout })
  try {
    const arrival = { context, principal, req, res, watch }
    const asset = await (mediaType(req) === 'multipart/form-data' ? receiveForm(arrival) : receiveBody(arrival))
    return withTempId(asset)
  } finally {
    watch.stop()
  }
}

async function receiveForm({ context, principal, req, res, watch }: Arrival): Promise<Asset> {
  const limits = uploadLimits(context, principal)
  const maxBodyBytes = limits.maxBytes + MULTIPART_EXTRA_BYTES
  const tooLong = () => fileTooLarge(limits.maxBytes)
  if ((announcedLength(req) ?? 0) > maxBodyBytes) throw tooLong()

  let begun: (Asset & { readonly tempId: string }) | undefined
  const take = async (name: string, file: Readable): Promise<Received> => {
    begun = await beginUpload(context, principal, { name })
    return receiveUpload(context, begun, file, { signal: watch.signal, ...limits })
  }
  try {
    const content = await receiveMultipart(req, res, { watch, maxBodyBytes, tooLong, take })
    if (!begun || !content) throw new KeepsakeError('FILE_MISSING', 'Send the file in the multipart field "file".')
    // Only now: what follows the file in the body may still have been broken, or a second file.
    return await completeUpload(context, begun, content)
  } catch (error) {
    if (begun) await abandonUpload(context, begun)
    throw error
  }
}

async function receiveBody({ context, principal, req, res, watch }: Arrival): Promise<Asset> {
  if (mediaType(req) === 'application/x-www-form-urlencoded') {
    throw new KeepsakeError('BODY_INVALID', 'Send the file as multipart/form-data, or its bytes alone with ?name=.')
  }
  const name = queryOf(req).get('name')
  if (!name) {
    throw new KeepsakeError('NAME_MISSING', 'Name the file in the query parameter "name".', {
      details: { param: 'name' },
    })
  }
  const size = announcedLength(req)
  const { maxBytes } = uploadLimits(context, principal)
  if (size !== undefined && size > maxBytes) throw fileTooLarge(maxBytes)
  const body = receiveRaw(req, res)
  return uploadAsset(context, principal, { name, body, signal: watch.signal, ...(size !== undefined && { size }) })
}

function withTempId(asset: Asset): Asset & { readonly tempId: string } {
  const { tempId } = asset
  if (tempId === undefined) throw new Error(`Asset ${asset.id} was uploaded without a temporary id.`)
  return { ...asset, tempId }
}
