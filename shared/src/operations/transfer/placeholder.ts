import type { Asset } from '../../domain/asset.ts'

/** What a placeholder that is never replaced may live, milliseconds: long enough for any object. */
const LIFETIME = 7 * 24 * 60 * 60 * 1000

/**
 * What the target knows of a record before its bytes have arrived: nobody is shown it, it leads to every key that is about to be
 * written, and the version before the record's lets the record replace it.
 */
export function placeholderOf(asset: Asset, now: Date): Asset {
  const { id, version, projectId, userId, tempId, keys, name, createdAt, updatedAt } = asset
  const deadline = new Date(now.getTime() + LIFETIME)
  return {
    id,
    version: version - 1,
    projectId,
    userId,
    state: 'uploading',
    ...(tempId !== undefined && { tempId }),
    keys,
    retired: [],
    incoming: [],
    garbage: [],
    marks: [],
    deadline,
    dueAt: deadline,
    failures: 0,
    name,
    createdAt,
    updatedAt,
    flags: [],
  }
}
