import { Readable } from 'node:stream'
import type { Asset, Received } from '../../domain/asset.ts'
import { type Attributes, beginCreate, finishCreate, createHotlink as hotlink } from '../../domain/entry-transitions.ts'
import { newId } from '../../domain/identifier.ts'
import { permanentKey } from '../../domain/object-key.ts'
import type { SecretPrincipal } from '../../domain/principal.ts'
import type { Context } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'
import { ensureFolder } from '../folders/ensure-folder.ts'
import { expectFolder } from '../folders/expect-folder.ts'
import { insertAsset } from '../insert-asset.ts'
import { receiveObject } from '../receive-object.ts'
import { abandonUpload } from '../uploads/abandon-upload.ts'
import { uploadTooSlow } from '../uploads/complete-upload.ts'
import { uploadLimits } from '../uploads/upload-limits.ts'
import { withFreeKey } from '../with-free-key.ts'

/** Where a new asset is to be listed, and what a client says of it. */
export interface NewEntry {
  readonly folder: string
  readonly name: string
  readonly said: Attributes
}

/** A created asset before its bytes. */
export type BegunAsset = Asset & { readonly key: string }

/** Announces an asset that is created under its permanent key. The key comes from `name`, which the end may still change. */
export async function beginAsset(context: Context, principal: SecretPrincipal, name: string): Promise<BegunAsset> {
  const { id: projectId, ownerId: userId } = principal.project
  const id = newId(context.randomBytes)
  return withFreeKey(context, async (suffix) => {
    const now = context.now()
    const key = permanentKey(name, now, suffix)
    const asset = beginCreate({ id, projectId, userId, name, key }, now, context.settings)
    await insertAsset(context, asset)
    return { ...asset, key }
  })
}

/**
 * `uploading → persisted`, once the bytes are there. Throws FOLDER_NOT_FOUND, or NAME_TAKEN when another asset has the name in that
 * folder: the database decides. The caller then abandons the asset.
 */
export async function finishAsset(
  context: Context,
  begun: BegunAsset,
  received: Received,
  { folder, name, said }: NewEntry,
): Promise<Asset> {
  await expectFolder(context, begun.projectId, folder)
  const number = await context.assets.takeNumber(begun.projectId)
  const finished = await changeAsset(context, begun, (fresh) => {
    if (fresh.state !== 'uploading') return fresh
    return finishCreate(fresh, received, { folder, name, number }, said)
  })
  if (finished?.state !== 'persisted') throw uploadTooSlow()
  await ensureFolder(context, finished)
  return finished
}

/** Creates an asset from a text. Throws BODY_INVALID's kin like `finishAsset`; then nothing is left. */
export async function createFromText(
  context: Context,
  principal: SecretPrincipal,
  text: string,
  entry: NewEntry,
): Promise<Asset> {
  const begun = await beginAsset(context, principal, entry.name)
  try {
    const body = Readable.from([Buffer.from(text)])
    const received = await receiveObject(context, begun, body, uploadLimits(context, principal))
    return await finishAsset(context, begun, received, entry)
  } catch (error) {
    await abandonUpload(context, begun)
    throw error
  }
}

/** Creates an asset that only points to `url`, which is never fetched. Throws FOLDER_NOT_FOUND and NAME_TAKEN. */
export async function createHotlink(
  context: Context,
  principal: SecretPrincipal,
  url: string,
  { folder, name, said }: NewEntry,
): Promise<Asset> {
  const { id: projectId, ownerId: userId } = principal.project
  await expectFolder(context, projectId, folder)
  const id = newId(context.randomBytes)
  const number = await context.assets.takeNumber(projectId)
  const asset = hotlink({ id, projectId, userId, name }, url, { folder, name, number }, said, context.now())
  await insertAsset(context, asset)
  await ensureFolder(context, asset)
  return asset
}
