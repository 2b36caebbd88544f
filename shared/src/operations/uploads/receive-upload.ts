import type { Readable } from 'node:stream'
import { type Asset, type Content, temporaryKey } from '../../domain/asset.ts'
import type { Context } from '../../ports/context.ts'
import { fileTooLarge, inspectContent, type UploadLimits } from './inspect-content.ts'

/** How the bytes of an upload arrive. */
export interface Reception extends UploadLimits {
  /** Bytes, when the client said it. */
  readonly size?: number
  /** Ends the upload with its reason. */
  readonly signal?: AbortSignal
}

/**
 * Stores the body under the asset's temporary key and tells what it is. Nothing is held beyond a buffer of fixed size.
 * Throws FILE_TOO_LARGE, TYPE_NOT_ALLOWED, STORAGE_FULL, UNAVAILABLE or the signal's reason; the caller then abandons the upload.
 */
export async function receiveUpload(
  context: Context,
  asset: Pick<Asset, 'name'> & { readonly tempId: string },
  body: Readable,
  { size, signal, ...limits }: Reception,
): Promise<Content> {
  if (size !== undefined && size > limits.maxBytes) throw fileTooLarge(limits.maxBytes)
  const inspection = inspectContent(asset.name, limits)
  let found: Awaited<ReturnType<typeof inspection.finish>> | undefined
  await context.storage.put(temporaryKey(asset.tempId), body, {
    ...(size !== undefined && { size }),
    signal: signal ? AbortSignal.any([signal, inspection.refused]) : inspection.refused,
    inspect: inspection.inspect,
    accept: async () => {
      found = await inspection.finish()
    },
  })
  if (!found) throw new Error(`The storage took the upload ${asset.tempId} without asking.`)
  return { ...found, storedAt: context.now() }
}
