import type { Asset, Received } from '@keepsake/shared/domain/asset'
import { COLUMN_TYPES } from '@keepsake/shared/domain/asset-query'
import { fileName } from '@keepsake/shared/domain/file-name'
import type { SecretPrincipal } from '@keepsake/shared/domain/principal'
import {
  type BegunAsset,
  beginAsset,
  createFromText,
  createHotlink,
  finishAsset,
} from '@keepsake/shared/operations/assets/create-asset'
import { receiveObject } from '@keepsake/shared/operations/receive-object'
import { abandonUpload } from '@keepsake/shared/operations/uploads/abandon-upload'
import { uploadLimits } from '@keepsake/shared/operations/uploads/upload-limits'
import type { Context } from '@keepsake/shared/ports/context'
import type { Request, Response } from 'express'
import { parseCreate } from './parse-create.ts'
import { type FilePart, receiveForm } from './receive-form.ts'

/** The fields of an asset's form. */
export const ENTRY_FIELDS: readonly string[] = [...Object.keys(COLUMN_TYPES), 'content', 'file']

/** A file that arrived whole, and its record. */
interface Arrived {
  readonly begun: BegunAsset
  readonly received: Received
  readonly name: string
}

/** The asset that the request's form becomes. Whatever fails leaves nothing behind. Throws BODY_INVALID and its kin. */
export async function receiveEntry(
  context: Context,
  principal: SecretPrincipal,
  req: Request,
  res: Response,
): Promise<Asset> {
  let begun: BegunAsset | undefined
  const take = async ({ name, body, fields, signal }: FilePart): Promise<Arrived> => {
    // The key is announced now; the name in the list may still follow.
    begun = await beginAsset(context, principal, fileName(fields.get('name') ?? name))
    const received = await receiveObject(context, begun, body, { ...uploadLimits(context, principal), signal })
    return { begun, received, name: fileName(name) }
  }
  try {
    const { fields, file } = await receiveForm(context, req, res, { names: ENTRY_FIELDS, take })
    const { entry, source } = parseCreate(fields, file?.name)
    if (source.kind === 'content') return await createFromText(context, principal, source.content, entry)
    if (source.kind === 'url') return await createHotlink(context, principal, source.url, entry)
    if (!file) throw new Error('A form with a file has none.')
    return await finishAsset(context, file.begun, file.received, entry)
  } catch (error) {
    if (begun) await abandonUpload(context, begun)
    throw error
  }
}
