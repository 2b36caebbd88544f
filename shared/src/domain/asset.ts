import type { Dimensions } from './image-dimensions.ts'
import type { Flag } from './kind.ts'

/**
 * Where an asset stands. `uploading`, `temporary` and `persisting` lead to `persisted`; `expired` and `deleted` are dead.
 */
export type AssetState = 'uploading' | 'temporary' | 'persisting' | 'persisted' | 'expired' | 'deleted'

/** A permanent key that is being written to replace the asset's content. */
export interface Incoming {
  readonly key: string
  /** When the worker may take it for abandoned. */
  readonly deadline: Date
}

/** A key whose object may be deleted from `after` on. */
export interface Garbage {
  readonly key: string
  readonly after: Date
}

/** A permanent key that the record no longer uses but still remembers: nobody else may take it. */
export interface Retired {
  readonly key: string
  /** When no writer that is still asleep can know it any more. */
  readonly forgetAt: Date
}

/** What is known of the bytes once they have all arrived. */
export interface Content {
  /** Bytes. */
  readonly size: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
  /** MIME type without parameters: told by content, then by extension. */
  readonly type: string
  /** Whether all bytes are valid UTF-8. */
  readonly utf8: boolean
  /** When the bytes were stored. */
  readonly storedAt: Date
}

/** What an arrival of bytes tells. */
export interface Received extends Content {
  /** What an image's header says. */
  readonly dimensions?: Dimensions
}

/** The record. What is optional is absent when it does not apply, never null. */
export interface Asset {
  readonly id: string
  /** Raised by every transition; the compare-and-set compares it. */
  readonly version: number
  readonly projectId: string
  readonly userId: string
  readonly state: AssetState
  /** Of an upload: stays after the persist, so that a repeated persist finds its asset. */
  readonly tempId?: string
  /** The permanent object in use. */
  readonly key?: string
  /** Every permanent key that the record ever claimed: unique across all records. */
  readonly keys: readonly string[]
  /** Those of `keys` that served their time. */
  readonly retired: readonly Retired[]
  /** Project, folder and name in one string, unique, held from the claim to the death. */
  readonly place?: string
  /** Ascending in its project, given at the commit. */
  readonly number?: number
  readonly incoming: readonly Incoming[]
  readonly garbage: readonly Garbage[]
  /** The batches that want to persist it. */
  readonly marks: readonly string[]
  /** While uploading or temporary: when it expires. */
  readonly deadline?: Date
  /** While persisting. */
  readonly claimedAt?: Date
  /** While persisting: until then the worker leaves it to the request that claimed it. */
  readonly leaseUntil?: Date
  /** Once dead: when the record itself may go. */
  readonly forgetAt?: Date
  /** When the worker must look at it again; absent when there is no reason. */
  readonly dueAt?: Date
  /** How often in a row the worker failed on it, and when it tries again. */
  readonly failures: number
  readonly retryAt?: Date
  readonly name: string
  /** Of an upload that is under way: its beginning. From the claim on: the time of the persist. */
  readonly createdAt: Date
  /** Moves only with a change that a user made. */
  readonly updatedAt: Date
  /** Absent while uploading, and of a hotlink. */
  readonly content?: Content
  /** Pixels: as the image's header says, or as a client said it. */
  readonly width?: number
  readonly height?: number
  /** What it is to a page: told by its name, or as a client said it. */
  readonly flags: readonly Flag[]
  /** The target of a hotlink, which has neither key nor content. */
  readonly url?: string
}

/** Whether the record has reached its end; only its garbage is left to be paid. */
export function isDead(asset: Asset): boolean {
  return asset.state === 'expired' || asset.state === 'deleted'
}

/** The key under which the bytes of an upload wait: `temp/<temporary id>`. */
export function temporaryKey(tempId: string): string {
  return `temp/${tempId}`
}

/** The keys that hold bytes which the record leads to and nobody may delete. */
export function usedKeys(asset: Asset): string[] {
  const incoming = asset.incoming.map(({ key }) => key)
  return isDead(asset) ? incoming : [...ownKeys(asset), ...incoming]
}

/** Every key that the record ever led to, temporary ones first: what the last purge deletes once more. */
export function keysOf(asset: Asset): string[] {
  return [...(asset.tempId ? [temporaryKey(asset.tempId)] : []), ...asset.keys]
}

/** What a living record reads its bytes from: the permanent key, and the temporary one until the commit. */
export function ownKeys(asset: Asset): string[] {
  const beforeCommit = asset.state !== 'persisted' && asset.tempId !== undefined
  return [...(beforeCommit && asset.tempId ? [temporaryKey(asset.tempId)] : []), ...(asset.key ? [asset.key] : [])]
}

/** What a transition changes; `undefined` takes a member away. */
export type Change = { readonly [Member in Exclude<keyof Asset, 'version' | 'dueAt'>]?: Asset[Member] | undefined }

type OptionalMember = { [Member in keyof Asset]-?: object extends Pick<Asset, Member> ? Member : never }[keyof Asset]
type RequiredMember = Exclude<keyof Asset, OptionalMember>

/** What a record may have, and has still when a transition does not say otherwise. */
const KEPT_MEMBERS = Object.keys({
  tempId: true,
  key: true,
  place: true,
  number: true,
  deadline: true,
  claimedAt: true,
  leaseUntil: true,
  forgetAt: true,
  content: true,
  width: true,
  height: true,
  url: true,
} satisfies Record<Exclude<OptionalMember, 'dueAt' | 'retryAt'>, true>) as (keyof Change)[]

/**
 * Ends every transition: raises the version, computes `dueAt`, forgets earlier failures of the worker.
 * Throws when a key would be both in use and garbage: such a record must never be stored.
 */
export function next(asset: Asset, change: Change): Asset {
  const changed = merge(asset, change)
  const used = usedKeys(changed)
  const contested = changed.garbage.find(({ key }) => used.includes(key))
  if (contested) throw new Error(`The key ${contested.key} of asset ${asset.id} is in use and cannot be garbage.`)
  const due = dueAt(changed)
  return due ? Object.assign(changed, { dueAt: due }) : changed
}

/** The record's next version, but for its `dueAt`. */
function merge(asset: Asset, change: Change): Asset {
  // Member by member: V8 takes ten times as long for objects that are spread, and makes a slow table of so many members.
  const required: Pick<Asset, RequiredMember> = {
    id: asset.id,
    version: asset.version + 1,
    projectId: asset.projectId,
    userId: asset.userId,
    state: asset.state,
    keys: asset.keys,
    retired: asset.retired,
    incoming: asset.incoming,
    garbage: asset.garbage,
    marks: asset.marks,
    failures: 0,
    name: asset.name,
    createdAt: asset.createdAt,
    updatedAt: asset.updatedAt,
    flags: asset.flags,
  }
  const merged: Record<string, unknown> = required
  for (const member of KEPT_MEMBERS) {
    if (asset[member] !== undefined && !(member in change)) merged[member] = asset[member]
  }
  for (const member of Object.keys(change) as (keyof Change)[]) {
    if (change[member] !== undefined) merged[member] = change[member]
  }
  return merged as unknown as Asset
}

/** The earliest reason to look at the record again, but not before the retry of one that failed. */
function dueAt(asset: Asset): Date | undefined {
  const settled = isSettled(asset)
  const reasons = [
    ...asset.garbage.map(({ after }) => after),
    ...asset.incoming.map(({ deadline }) => deadline),
    ...(asset.deadline ? [asset.deadline] : []),
    ...(asset.leaseUntil ? [asset.leaseUntil] : []),
    ...(asset.forgetAt && settled ? [asset.forgetAt] : []),
    ...prunable(asset).map(({ forgetAt }) => forgetAt),
  ].map((date) => date.getTime())
  if (reasons.length === 0) return undefined
  return new Date(Math.max(Math.min(...reasons), asset.retryAt?.getTime() ?? 0))
}

/** Whether no object waits to be deleted or to be written. */
export function isSettled(asset: Asset): boolean {
  return asset.garbage.length === 0 && asset.incoming.length === 0
}

/** The retired keys of a living record whose objects no longer wait to be deleted. */
export function prunable(asset: Asset): readonly Retired[] {
  if (isDead(asset)) return []
  return asset.retired.filter(({ key }) => !asset.garbage.some((garbage) => garbage.key === key))
}
