import { type Asset, temporaryKey } from '@keepsake/shared/domain/asset'
import { objectUrl } from '@keepsake/shared/domain/object-key'
import type { Settings } from '@keepsake/shared/domain/settings'

/** Where the bytes of an upload can be read until its deadline. */
export function temporaryUrl(settings: Settings, tempId: string): string {
  return `${settings.publicUrl}/asset/upload/temp/${tempId}`
}

/** What the answers of an upload and of a persist show: these twelve members, always all of them. */
export function present(asset: Asset, settings: Settings) {
  const { size, type } = contentOf(asset)
  const { key, url } = addressOf(asset, settings)
  return {
    _id: asset.id,
    bucket: settings.bucket,
    key,
    name: asset.name,
    size,
    type,
    createdAt: asset.createdAt.toISOString(),
    updatedAt: asset.updatedAt.toISOString(),
    projectId: asset.projectId,
    url,
    expiresAt: asset.deadline?.toISOString() ?? null,
    userId: asset.userId,
  }
}

/** What reading and listing show beside them. An asset that is being persisted still counts as temporary. */
export function presentDetails(asset: Asset, settings: Settings) {
  const { sha256 } = contentOf(asset)
  const isPersisted = asset.state === 'persisted'
  return {
    ...present(asset, settings),
    state: isPersisted ? 'persisted' : 'temporary',
    tempAssetId: isPersisted ? null : (asset.tempId ?? null),
    subject: null,
    sha256,
    width: asset.width ?? null,
    height: asset.height ?? null,
  }
}

function addressOf(asset: Asset, settings: Settings): { key: string; url: string } {
  if (asset.state === 'persisted' && asset.key) {
    return { key: asset.key, url: objectUrl(settings.cdnBaseUrl, asset.key) }
  }
  if (asset.state !== 'persisted' && asset.tempId) {
    return { key: temporaryKey(asset.tempId), url: temporaryUrl(settings, asset.tempId) }
  }
  throw new Error(`Asset ${asset.id} is ${asset.state} and has no address.`)
}

function contentOf(asset: Asset) {
  if (!asset.content) throw new Error(`Asset ${asset.id} is ${asset.state} without content.`)
  return asset.content
}
