import type { Asset, AssetState, Content } from '../../domain/asset.ts'
import { FLAGS, type Flag } from '../../domain/kind.ts'
import { parsePlace } from '../../domain/place.ts'
import { type ColumnValue, list, millis, optional, text } from './columns.ts'

/** A row of `assets` as it is read. A flag is 0 or 1. */
export interface AssetRow extends Readonly<Record<Flag, number>> {
  readonly id: string
  readonly project_id: string
  readonly user_id: string
  readonly temp_id: string | null
  readonly version: number
  readonly state: AssetState
  readonly key: string | null
  readonly keys: string | null
  readonly retired: string | null
  readonly place: string | null
  /** The two parts of the place that an asset is found by. */
  readonly folder: string | null
  readonly entry_name: string | null
  readonly number: number | null
  readonly incoming: string | null
  readonly garbage: string | null
  /** So that garbage is counted by an index alone. */
  readonly garbage_count: number | null
  readonly marks: string | null
  readonly deadline: number | null
  readonly claimed_at: number | null
  readonly lease_until: number | null
  readonly forget_at: number | null
  readonly due_at: number | null
  readonly failures: number
  readonly retry_at: number | null
  readonly name: string
  readonly created_at: number
  readonly updated_at: number
  readonly size: number | null
  readonly sha256: string | null
  readonly type: string | null
  readonly utf8: number | null
  readonly width: number | null
  readonly height: number | null
  readonly stored_at: number | null
  readonly url: string | null
}

const asIs = <T extends ColumnValue>(value: T) => value

const VALUES: Readonly<Record<keyof AssetRow, (asset: Asset) => ColumnValue>> = {
  id: (asset) => text(asset.id),
  project_id: (asset) => text(asset.projectId),
  user_id: (asset) => text(asset.userId),
  temp_id: (asset) => optional(asset.tempId, text),
  version: (asset) => asset.version,
  state: (asset) => asset.state,
  key: (asset) => optional(asset.key, text),
  keys: (asset) => list(asset.keys, text),
  retired: (asset) => list(asset.retired, ({ key, forgetAt }) => [text(key), millis(forgetAt)]),
  place: (asset) => optional(asset.place, text),
  folder: (asset) => optional(asset.place, (place) => text(parsePlace(place).folder)),
  entry_name: (asset) => optional(asset.place, (place) => text(parsePlace(place).name)),
  number: (asset) => optional(asset.number, asIs),
  incoming: (asset) => list(asset.incoming, ({ key, deadline }) => [text(key), millis(deadline)]),
  garbage: (asset) => list(asset.garbage, ({ key, after }) => [text(key), millis(after)]),
  garbage_count: (asset) => asset.garbage.length || null,
  marks: (asset) => list(asset.marks, text),
  deadline: (asset) => optional(asset.deadline, millis),
  claimed_at: (asset) => optional(asset.claimedAt, millis),
  lease_until: (asset) => optional(asset.leaseUntil, millis),
  forget_at: (asset) => optional(asset.forgetAt, millis),
  due_at: (asset) => optional(asset.dueAt, millis),
  failures: (asset) => asset.failures,
  retry_at: (asset) => optional(asset.retryAt, millis),
  name: (asset) => text(asset.name),
  created_at: (asset) => millis(asset.createdAt),
  updated_at: (asset) => millis(asset.updatedAt),
  size: ({ content }) => optional(content?.size, asIs),
  sha256: ({ content }) => optional(content?.sha256, text),
  type: ({ content }) => optional(content?.type, text),
  utf8: ({ content }) => optional(content?.utf8, Number),
  stored_at: ({ content }) => optional(content?.storedAt, millis),
  width: (asset) => optional(asset.width, asIs),
  height: (asset) => optional(asset.height, asIs),
  url: (asset) => optional(asset.url, text),
  image: (asset) => Number(asset.flags.includes('image')),
  video: (asset) => Number(asset.flags.includes('video')),
  script: (asset) => Number(asset.flags.includes('script')),
  style: (asset) => Number(asset.flags.includes('style')),
  text: (asset) => Number(asset.flags.includes('text')),
  async: (asset) => Number(asset.flags.includes('async')),
  defer: (asset) => Number(asset.flags.includes('defer')),
}

/** The columns of a record, in the order of `valuesOf`. */
export const COLUMNS: readonly string[] = Object.keys(VALUES)

const IN_ORDER = Object.values(VALUES)

/** What `COLUMNS` hold for the record. */
export function valuesOf(asset: Asset): ColumnValue[] {
  return IN_ORDER.map((read) => read(asset))
}

/** The record that a row holds: what is NULL is absent. */
export function toAsset(row: AssetRow): Asset {
  const content = contentOf(row)
  return {
    id: row.id,
    version: row.version,
    projectId: row.project_id,
    userId: row.user_id,
    state: row.state,
    keys: itemsOf<string>(row.keys),
    retired: itemsOf<[string, number]>(row.retired).map(([key, at]) => ({ key, forgetAt: new Date(at) })),
    incoming: itemsOf<[string, number]>(row.incoming).map(([key, at]) => ({ key, deadline: new Date(at) })),
    garbage: itemsOf<[string, number]>(row.garbage).map(([key, at]) => ({ key, after: new Date(at) })),
    marks: itemsOf<string>(row.marks),
    failures: row.failures,
    name: row.name,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    flags: FLAGS.filter((flag) => row[flag] === 1),
    ...(row.temp_id !== null && { tempId: row.temp_id }),
    ...(row.key !== null && { key: row.key }),
    ...(row.place !== null && { place: row.place }),
    ...(row.number !== null && { number: row.number }),
    ...(row.deadline !== null && { deadline: new Date(row.deadline) }),
    ...(row.claimed_at !== null && { claimedAt: new Date(row.claimed_at) }),
    ...(row.lease_until !== null && { leaseUntil: new Date(row.lease_until) }),
    ...(row.forget_at !== null && { forgetAt: new Date(row.forget_at) }),
    ...(row.due_at !== null && { dueAt: new Date(row.due_at) }),
    ...(row.retry_at !== null && { retryAt: new Date(row.retry_at) }),
    ...(content && { content }),
    ...(row.width !== null && { width: row.width }),
    ...(row.height !== null && { height: row.height }),
    ...(row.url !== null && { url: row.url }),
  }
}

function contentOf(row: AssetRow): Content | undefined {
  if (row.size === null || row.sha256 === null || row.type === null || row.stored_at === null) return undefined
  return {
    size: row.size,
    sha256: row.sha256,
    type: row.type,
    utf8: row.utf8 === 1,
    storedAt: new Date(row.stored_at),
  }
}

function itemsOf<T>(json: string | null): T[] {
  return json === null ? [] : JSON.parse(json)
}
