import { type Asset, isDead, next, ownKeys, type Received, temporaryKey } from './asset.ts'
import { KeepsakeError } from './errors.ts'
import { flagsByName } from './kind.ts'
import { type Place, placeKey } from './place.ts'
import type { Settings } from './settings.ts'
import {
  after,
  blank,
  DAY,
  die,
  expectState,
  HOUR,
  MINUTE,
  retire,
  SECOND,
  touch,
  uploadDeadline,
  withGarbage,
} from './transition-parts.ts'

/** Bytes per millisecond that a slow storage copies: a big object is left alone for longer. */
const SLOWEST_COPY = (8 * 1024 * 1024) / SECOND

/** How long a persist may stand still before the worker asks whether its bytes are lost. */
export const GIVE_UP_AFTER = DAY

/** A new record. Its temporary key is announced before a byte is written. */
export function beginUpload(
  begun: Pick<Asset, 'id' | 'projectId' | 'userId' | 'name'> & { readonly tempId: string },
  now: Date,
  settings: Settings,
): Asset {
  return next(Object.assign(blank(now), begun, { state: 'uploading' as const }), {
    deadline: uploadDeadline(now, settings),
  })
}

/** `uploading → temporary`. The body has ended whole and was found acceptable. */
export function completeUpload(
  asset: Asset,
  { dimensions, ...content }: Received,
  now: Date,
  settings: Settings,
): Asset {
  expectState(asset, 'uploading')
  return next(asset, { state: 'temporary', content, deadline: after(now, settings.tempTtl), ...dimensions })
}

/** `uploading → expired`, of a request that was refused or broke off: its space is free at once. */
export function refuseUpload(asset: Asset, now: Date): Asset {
  expectState(asset, 'uploading')
  return die(asset, 'expired', now, now)
}

/** `uploading, temporary → expired`, once the deadline has passed. */
export function expire(asset: Asset, now: Date, settings: Settings): Asset {
  expectState(asset, 'uploading', 'temporary')
  if (!isLate(asset, now)) throw new Error(`Asset ${asset.id} has not reached its deadline.`)
  return die(asset, 'expired', now, after(now, settings.purgeDelay))
}

/** `temporary → deleted`: whoever uploaded it changed their mind. */
export function drop(asset: Asset, now: Date, settings: Settings): Asset {
  expectState(asset, 'temporary')
  return die(asset, 'deleted', now, after(now, settings.purgeDelay))
}

/** A temporary asset joins a batch, which from then on decides over it. */
export function mark(asset: Asset, batchId: string): Asset {
  expectState(asset, 'temporary')
  return next(asset, { marks: [...new Set([...asset.marks, batchId])] })
}

/** `temporary → persisting`. From here on its deadline no longer matters. Throws KEY_TAKEN for a key that it had before. */
export function claim(
  asset: Asset,
  target: { readonly key: string; readonly place: Place },
  now: Date,
  settings: Settings,
): Asset {
  expectState(asset, 'temporary')
  if (asset.keys.includes(target.key)) throw new KeepsakeError('KEY_TAKEN', 'The asset had that key before.')
  const copyTime = (asset.content?.size ?? 0) / SLOWEST_COPY
  return next(asset, {
    state: 'persisting',
    key: target.key,
    place: placeKey(asset.projectId, target.place),
    flags: flagsByName(target.place.name),
    keys: [...asset.keys, target.key],
    createdAt: now,
    updatedAt: now,
    claimedAt: now,
    leaseUntil: after(now, settings.persistLease + copyTime),
    deadline: undefined,
    marks: [],
  })
}

/** `persisting → persisted`. The permanent object is there; the temporary one becomes garbage. */
export function commit(asset: Asset, number: number, now: Date, settings: Settings): Asset {
  expectState(asset, 'persisting')
  return next(asset, {
    state: 'persisted',
    number,
    garbage: withGarbage(asset, asset.tempId ? [temporaryKey(asset.tempId)] : [], after(now, settings.purgeDelay)),
    claimedAt: undefined,
    leaseUntil: undefined,
  })
}

/** `persisting → expired`, when a day after the claim its bytes are nowhere. */
export function giveUp(asset: Asset, now: Date): Asset {
  expectState(asset, 'persisting')
  return die(asset, 'expired', now, now)
}

/** `persisted → deleted`. Throws ASSET_BUSY while a persist is under way. */
export function deletePersisted(asset: Asset, now: Date, settings: Settings): Asset {
  if (asset.state === 'persisting') throw assetBusy()
  expectState(asset, 'persisted')
  return die(asset, 'deleted', now, after(now, settings.purgeDelay), { updatedAt: touch(asset, now) })
}

/**
 * Bytes that a writer may have left under `key` although the record does not use it: they become garbage.
 * The version is raised even when the key was garbage already, so that a purge which is under way starts over.
 */
export function owe(asset: Asset, key: string, now: Date): Asset {
  if (!isDead(asset) && ownKeys(asset).includes(key)) return asset
  const isTemporary = asset.tempId !== undefined && key === temporaryKey(asset.tempId)
  const keys = isTemporary ? asset.keys : [...new Set([...asset.keys, key])]
  return next(asset, {
    incoming: asset.incoming.filter((incoming) => incoming.key !== key),
    keys,
    retired: retire({ ...asset, keys }, [key], now),
    garbage: withGarbage(asset, [key], now),
  })
}

/** Incoming keys whose deadline passed become garbage. */
export function abandonIncoming(asset: Asset, now: Date): Asset {
  const overdue = asset.incoming.filter(({ deadline }) => deadline <= now).map(({ key }) => key)
  return next(asset, {
    incoming: asset.incoming.filter(({ key }) => !overdue.includes(key)),
    retired: retire(asset, overdue, now),
    garbage: withGarbage(asset, overdue, now),
  })
}

/** The objects under `deleted` are gone for good. */
export function purge(asset: Asset, deleted: readonly string[]): Asset {
  return next(asset, { garbage: asset.garbage.filter(({ key }) => !deleted.includes(key)) })
}

/** Forgets keys that served their time. */
export function prune(asset: Asset, keys: readonly string[]): Asset {
  return next(asset, {
    keys: asset.keys.filter((key) => !keys.includes(key)),
    retired: asset.retired.filter(({ key }) => !keys.includes(key)),
  })
}

/** The worker failed on it: it tries again later, each time twice as late, at most an hour. */
export function putOff(asset: Asset, now: Date): Asset {
  const failures = asset.failures + 1
  return next(asset, { failures, retryAt: after(now, Math.min(HOUR, MINUTE * 2 ** (failures - 1))) })
}

/** The refusal of a delete that meets a persist under way. */
export function assetBusy(): KeepsakeError {
  const details = { retryAfter: 1 }
  return new KeepsakeError('ASSET_BUSY', 'The asset is being persisted; delete it in a moment.', { details })
}

/** Whether its deadline has passed. */
export function isLate(asset: Asset, now: Date): boolean {
  return asset.deadline !== undefined && asset.deadline <= now
}
