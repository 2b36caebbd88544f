import type { Asset } from '../domain/asset.ts'
import type { AssetQuery } from '../domain/asset-query.ts'

/** A place in a list that is ordered newest first. */
export interface AssetPosition {
  readonly createdAt: Date
  readonly id: string
}

/** Which assets to list, newest first. */
export interface AssetListing {
  /** What is being persisted is still among the temporary ones, where the claim put it: at the front, like a new one. */
  readonly state: 'temporary' | 'persisted'
  /** Only what comes after this place. */
  readonly after?: AssetPosition
  /** Leaves out temporary ones whose deadline is not later than this. */
  readonly now: Date
  readonly limit: number
}

/** A page of a list, and how many there are on all pages. */
export interface AssetPage {
  readonly assets: readonly Asset[]
  readonly total: number
}

/**
 * Records of assets. Every write is durable when it returns, and an answer means it: what is uncertain throws OUTCOME_UNKNOWN.
 * Throws UNAVAILABLE when out of reach, STORAGE_FULL when there is no room.
 */
export interface AssetRepository {
  /** Repeating the insert of the same record succeeds. Throws KEY_TAKEN or NAME_TAKEN when another holds the key or the place. */
  insert(asset: Asset): Promise<void>
  /** Writes `next` only while the stored version is `next.version - 1`; tells whether it did. Throws KEY_TAKEN or NAME_TAKEN. */
  replace(next: Asset): Promise<boolean>
  find(id: string): Promise<Asset | undefined>
  findByTempId(tempId: string): Promise<Asset | undefined>
  /** The record that uses `key` as its permanent key. */
  findByKey(key: string): Promise<Asset | undefined>
  findByNumber(projectId: string, number: number): Promise<Asset | undefined>
  /** Persisted ones by number, ascending. As fast for the last page as for the first where nothing is filtered. */
  list(projectId: string, query: AssetQuery): Promise<AssetPage>
  /** Whether an asset is listed in the folder or in one below it. */
  holdsAny(projectId: string, folder: string): Promise<boolean>
  /** By `(createdAt, id)`, descending; only what has bytes. */
  listNewest(projectId: string, listing: AssetListing): Promise<Asset[]>
  /** The project's next number: ascending, never given twice, gaps possible. */
  takeNumber(projectId: string): Promise<number>
  /** Fails when the database cannot be used. */
  check(): Promise<void>
}
