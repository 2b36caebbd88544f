import type { Asset } from '../domain/asset.ts'

/** What only the worker and the command line do to records of assets. */
export interface AssetUpkeep {
  /** Records with `dueAt` not later than `now`, by `(dueAt, id)`, those behind `after` only. */
  findDue(now: Date, limit: number, after?: Pick<Asset, 'id' | 'dueAt'>): Promise<Asset[]>
  /** Removes the record only while its stored version is that of `asset`; tells whether it did. */
  forget(asset: Asset): Promise<boolean>
  /** The database's clock. */
  now(): Promise<Date>
}
