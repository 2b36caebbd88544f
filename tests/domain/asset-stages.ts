import { type Asset, type AssetState, type Content, next } from '@keepsake/shared/domain/asset'
import { beginCreate } from '@keepsake/shared/domain/entry-transitions'
import type { Settings } from '@keepsake/shared/domain/settings'
import { beginUpload, claim, commit, completeUpload, drop, expire } from '@keepsake/shared/domain/transitions'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** When every asset of these tests begins. */
export const START = new Date('2024-01-15T10:30:00.000Z')

export const settings: Settings = {
  bucket: 'keepsake',
  publicUrl: 'http://localhost:3000',
  cdnBaseUrl: 'http://localhost:3000/cdn',
  maxUploadBytes: 1024,
  allowedTypes: ['*/*'],
  uploadTimeout: HOUR,
  idleTimeout: MINUTE,
  tempTtl: DAY,
  persistLease: MINUTE,
  purgeDelay: 2 * HOUR,
}

export const content: Content = {
  size: 5,
  sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  type: 'text/plain',
  utf8: true,
  storedAt: START,
}

export const TEMPORARY_KEY = 'temp/temp_1'
export const TARGET = { key: 'uploads/2024/01/15/a.txt', place: { folder: 'uploads/2024/01/15', name: 'a.txt' } }
/** How the record says it. */
export const PLACE = 'p1/uploads/2024/01/15/a.txt'

/** START and so many milliseconds. */
export function at(duration: number): Date {
  return new Date(START.getTime() + duration)
}

/** An upload that has just begun. */
export function begun(): Asset {
  return beginUpload({ id: 'a1', projectId: 'p1', userId: 'u1', name: 'a.txt', tempId: 'temp_1' }, START, settings)
}

/** An asset that is being created under its permanent key. */
export function created(): Asset {
  return beginCreate({ id: 'a1', projectId: 'p1', userId: 'u1', name: 'a.txt', key: TARGET.key }, START, settings)
}

/** An asset in `state`, brought there by its transitions, all of them at START but for the expiry. */
export function assetIn(state: AssetState): Asset {
  if (state === 'uploading') return begun()
  const temporary = completeUpload(begun(), content, START, settings)
  if (state === 'temporary') return temporary
  if (state === 'expired') return expire(temporary, at(DAY), settings)
  if (state === 'deleted') return drop(temporary, START, settings)
  const persisting = claim(temporary, TARGET, START, settings)
  return state === 'persisting' ? persisting : commit(persisting, 1, START, settings)
}

/** A persisted asset whose content is about to be replaced by what is written under `key`. */
export function announced(asset: Asset, key: string, deadline: Date): Asset {
  return next(asset, { incoming: [...asset.incoming, { key, deadline }], keys: [...asset.keys, key] })
}
