import type { DatabaseConfig } from '@keepsake/shared/config/database'
import type { StorageConfig } from '@keepsake/shared/config/storage'

/** Where a store of a test lies. */
export interface StorePlace {
  readonly database: DatabaseConfig
  readonly storage: StorageConfig
  /** Every file or object of the storage, whatever has not ended included. */
  files(): Promise<string[]>
  /** Nothing of it is left; it must be closed. */
  remove(): Promise<void>
}
