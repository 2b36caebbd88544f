/**
 * What a database is there for. `none`: nothing has begun on it. `transfer`: it is being filled, and may lack anything. `service`: a server
 * or a worker has started on it, and what it holds is its own.
 */
export type InstallationUse = 'none' | 'transfer' | 'service'

/** Which installation the database belongs to; its storage carries the same id. */
export interface InstallationState {
  readonly id: string
  /** Whether the storage was marked with the id. */
  readonly marked: boolean
  readonly use: InstallationUse
}

/** Where a database keeps that. */
export interface InstallationRecord {
  /** Stores `candidate` if there is no id yet; answers with what is stored. */
  identify(candidate: string): Promise<InstallationState>
  /** From now on a storage without the mark is a wrong one. */
  setMarked(): Promise<void>
  /** Compare-and-set, after `identify`: changes the use if it is `from`. Tells whether it is `to` now; another may have made it that. */
  changeUse(from: InstallationUse, to: InstallationUse): Promise<boolean>
}
