import type { Asset } from '@keepsake/shared/domain/asset'
import { placeOf } from '@keepsake/shared/domain/entry-transitions'
import type { Folder } from '@keepsake/shared/domain/folder'
import type { Flag } from '@keepsake/shared/domain/kind'
import { objectUrl } from '@keepsake/shared/domain/object-key'
import type { Settings } from '@keepsake/shared/domain/settings'

/** Entries on each page of a list. */
export const PAGE_SIZE = 100

/** What a client sees of a persisted asset. */
export function presentEntry(asset: Asset, settings: Settings) {
  const { name, folder } = placeOf(asset)
  const is = (flag: Flag) => asset.flags.includes(flag)
  return {
    id: asset.number,
    created_at: asset.createdAt.toISOString(),
    updated_at: asset.updatedAt.toISOString(),
    name,
    folder,
    image: is('image'),
    video: is('video'),
    script: is('script'),
    style: is('style'),
    text: is('text'),
    width: asset.width ?? null,
    height: asset.height ?? null,
    url: asset.url ?? null,
    async: is('async'),
    defer: is('defer'),
    cdn_url: objectUrl(settings.cdnBaseUrl, `files/${asset.id}/${name}`),
  }
}

/** What a client sees of a folder. */
export function presentFolder({ id, path, createdAt }: Folder) {
  return { id, path, created_at: createdAt.toISOString() }
}

/** One page of a list; an empty list has one page too. */
export function presentPage(entries: readonly unknown[], page: number, totalEntries: number) {
  return { entries, totalEntries, page, totalPages: Math.max(1, Math.ceil(totalEntries / PAGE_SIZE)) }
}

/** How a client learns what was made: here an id is a string. */
export function presentId(id: number | undefined) {
  return { id: String(id) }
}
