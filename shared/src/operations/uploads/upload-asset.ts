import type { Readable } from 'node:stream'
import type { Asset } from '../../domain/asset.ts'
import type { Principal } from '../../domain/principal.ts'
import type { Context } from '../../ports/context.ts'
import { abandonUpload } from './abandon-upload.ts'
import { beginUpload } from './begin-upload.ts'
import { completeUpload } from './complete-upload.ts'
import { receiveUpload } from './receive-upload.ts'
import { uploadLimits } from './upload-limits.ts'

/** A file that arrives in one piece. */
export interface IncomingFile {
  /** As the client sent it. */
  readonly name: string
  readonly body: Readable
  /** Bytes, when it is known. */
  readonly size?: number
  /** Ends the upload with its reason. */
  readonly signal?: AbortSignal
}

/** An upload from its first to its last step: answers with the temporary asset, or leaves nothing behind. */
export async function uploadAsset(
  context: Context,
  principal: Principal,
  { name, body, ...arrival }: IncomingFile,
): Promise<Asset> {
  // It may break off while its record is still being stored; whoever reads it later is told.
  body.on('error', () => undefined)
  const asset = await beginUpload(context, principal, { name })
  try {
    const content = await receiveUpload(context, asset, body, { ...uploadLimits(context, principal), ...arrival })
    return await completeUpload(context, asset, content)
  } catch (error) {
    await abandonUpload(context, asset)
    throw error
  }
}
