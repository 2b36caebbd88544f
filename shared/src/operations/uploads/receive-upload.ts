import type { Readable } from 'node:stream'
import { type Asset, type Received, temporaryKey } from '../../domain/asset.ts'
import type { Context } from '../../ports/context.ts'
import { type Reception, receiveObject } from '../receive-object.ts'

/** Stores the body of an upload under its temporary key. Throws what `receiveObject` throws; the caller then abandons the upload. */
export async function receiveUpload(
  context: Context,
  { name, tempId }: Pick<Asset, 'name'> & { readonly tempId: string },
  body: Readable,
  reception: Reception,
): Promise<Received> {
  return receiveObject(context, { key: temporaryKey(tempId), name }, body, reception)
}
