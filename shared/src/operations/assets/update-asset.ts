import { Readable } from 'node:stream'
import type { Asset, Received } from '../../domain/asset.ts'
import * as entries from '../../domain/entry-transitions.ts'
import { assetNotFound } from '../../domain/errors.ts'
import { permanentKey, replacementSuffix } from '../../domain/object-key.ts'
import type { SecretPrincipal } from '../../domain/principal.ts'
import { owe } from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'
import { ensureFolder } from '../folders/ensure-folder.ts'
import { expectFolder } from '../folders/expect-folder.ts'
import { receiveObject } from '../receive-object.ts'
import { uploadTooSlow } from '../uploads/complete-upload.ts'
import { uploadLimits } from '../uploads/upload-limits.ts'
import { withFreeKey } from '../with-free-key.ts'

/**
 * Changes what is said of an asset, or where it is listed. Throws ASSET_NOT_FOUND, FOLDER_NOT_FOUND, NAME_TAKEN, and BODY_INVALID for a
 * rename or a move that does not come alone; then nothing has changed.
 */
export async function updateAsset(context: Context, asset: Asset, wanted: entries.Update): Promise<Asset> {
  const updated = await changeAsset(context, asset, async (fresh, now) => {
    if (fresh.state !== 'persisted') throw assetNotFound()
    const { moves } = entries.changesOfPlace(fresh, wanted)
    if (moves && wanted.folder !== undefined) await expectFolder(context, fresh.projectId, wanted.folder)
    return entries.update(fresh, wanted, now, context.settings)
  })
  if (!updated) throw assetNotFound()
  await ensureFolder(context, updated)
  return updated
}

/** An asset whose new content is announced. */
export interface Replacement {
  readonly asset: Asset
  readonly key: string
  /** Decides the content's type where its bytes do not. */
  readonly name: string
}

/** Announces the key of new content. Throws ASSET_NOT_FOUND, and BODY_INVALID for a rename or a move along with it. */
export async function announceContent(context: Context, asset: Asset, wanted: entries.Update): Promise<Replacement> {
  const { name } = entries.placeOf(asset)
  return withFreeKey(context, async () => {
    const key = permanentKey(name, context.now(), replacementSuffix(context.randomBytes))
    const announced = await changeAsset(context, asset, (fresh, now) => {
      if (fresh.state !== 'persisted') throw assetNotFound()
      entries.changesOfPlace(fresh, wanted, true)
      const isAnnounced = fresh.incoming.some((incoming) => incoming.key === key)
      return isAnnounced ? fresh : entries.announce(fresh, key, now, context.settings)
    })
    if (!announced) throw assetNotFound()
    return { asset: announced, key, name }
  })
}

/**
 * The announced content takes the old one's place: every reader sees one or the other. Throws ASSET_NOT_FOUND when the asset went away
 * meanwhile, UPLOAD_TIMEOUT when the content came after its deadline, and BODY_INVALID; the caller then withdraws the content.
 */
export async function flipContent(
  context: Context,
  { asset, key }: Replacement,
  received: Received,
  wanted: entries.Update,
): Promise<Asset> {
  const flipped = await changeAsset(context, asset, (fresh, now) => {
    if (fresh.state !== 'persisted') throw assetNotFound()
    if (fresh.key === key) return fresh
    // The worker has taken it for abandoned: its key is garbage.
    if (!fresh.incoming.some((incoming) => incoming.key === key)) throw uploadTooSlow()
    entries.changesOfPlace(fresh, wanted, true)
    return entries.flip(fresh, key, received, wanted.said, now, context.settings)
  })
  if (!flipped) throw assetNotFound()
  return flipped
}

/** Announced content that will not come, after its put has ended in whatever way: its key is garbage. Never throws: the worker does the same later. */
export async function withdrawContent(context: Context, { asset, key }: Replacement): Promise<void> {
  try {
    const fresh = await context.assets.find(asset.id)
    if (fresh) await changeAsset(context, fresh, (fresh, now) => owe(fresh, key, now))
  } catch (error) {
    context.log.warn('content.withdraw_failed', { assetId: asset.id, error })
  }
}

/** Replaces the content by a text. */
export async function replaceByText(
  context: Context,
  principal: SecretPrincipal,
  asset: Asset,
  text: string,
  wanted: entries.Update,
): Promise<Asset> {
  const replacement = await announceContent(context, asset, wanted)
  try {
    const body = Readable.from([Buffer.from(text)])
    const received = await receiveObject(context, replacement, body, uploadLimits(context, principal))
    return await flipContent(context, replacement, received, wanted)
  } catch (error) {
    await withdrawContent(context, replacement)
    throw error
  }
}
