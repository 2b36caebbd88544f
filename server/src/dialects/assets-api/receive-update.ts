import type { Received } from '@keepsake/shared/domain/asset'
import { fileName } from '@keepsake/shared/domain/file-name'
import type { SecretPrincipal } from '@keepsake/shared/domain/principal'
import { type BegunAsset, beginAsset } from '@keepsake/shared/operations/assets/create-asset'
import { getEntry } from '@keepsake/shared/operations/assets/get-entry'
import { replaceByCopy } from '@keepsake/shared/operations/assets/replace-by-copy'
import {
  announceContent,
  flipContent,
  type Replacement,
  replaceByText,
  updateAsset,
  withdrawContent,
} from '@keepsake/shared/operations/assets/update-asset'
import { receiveObject } from '@keepsake/shared/operations/receive-object'
import { abandonUpload } from '@keepsake/shared/operations/uploads/abandon-upload'
import { uploadLimits } from '@keepsake/shared/operations/uploads/upload-limits'
import type { Context } from '@keepsake/shared/ports/context'
import type { Request, Response } from 'express'
import type { Fields } from './parse-columns.ts'
import { idsDiffer, parseId } from './parse-id.ts'
import { parseUpdate } from './parse-update.ts'
import { ENTRY_FIELDS } from './receive-entry.ts'
import { type FilePart, receiveForm } from './receive-form.ts'

/**
 * Changes one asset as the request's form says; `ids` are those that its address names, and the form may name it too.
 * Whatever fails changes nothing. Throws BODY_INVALID and its kin.
 */
export async function receiveUpdate(
  context: Context,
  principal: SecretPrincipal,
  req: Request,
  res: Response,
  ids: readonly string[],
): Promise<void> {
  let replacement: Replacement | undefined
  let begun: BegunAsset | undefined

  const take = async ({ name, body, fields, signal }: FilePart): Promise<Received> => {
    const reception = { ...uploadLimits(context, principal), signal }
    const known = [...ids, ...idsIn(fields)]
    if (known.length > 0) {
      const asset = await getEntry(context, principal, parseId(...known))
      replacement = await announceContent(context, asset, { said: {} })
      return receiveObject(context, replacement, body, reception)
    }
    // Whose content it is may still follow: until then it belongs to a record of its own.
    begun = await beginAsset(context, principal, fileName(name))
    return receiveObject(context, begun, body, reception)
  }

  try {
    const { fields, file } = await receiveForm(context, req, res, { names: ENTRY_FIELDS, take })
    const id = parseId(...ids, ...idsIn(fields))
    const { content, ...wanted } = parseUpdate(fields, file !== undefined)
    if (replacement && replacement.asset.number !== id) throw idsDiffer()
    if (replacement && file) {
      await flipContent(context, replacement, file, wanted)
      return
    }
    const asset = await getEntry(context, principal, id)
    if (begun && file) await replaceByCopy(context, asset, { key: begun.key, received: file }, wanted)
    else if (content !== undefined) await replaceByText(context, principal, asset, content, wanted)
    else await updateAsset(context, asset, wanted)
  } catch (error) {
    if (replacement) await withdrawContent(context, replacement)
    throw error
  } finally {
    if (begun) await abandonUpload(context, begun)
  }
}

function idsIn(fields: Fields): string[] {
  const id = fields.get('id')
  return typeof id === 'string' ? [id] : []
}
