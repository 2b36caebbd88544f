/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly storedAt: Date
}

/** One page of a listing. */
export interface ObjectPage {
  readonly objects: readonly ListedObject[]
  /** Opaque; absent on the last page. */
  readonly cursor?: string
}

/** What only the worker and the command line do to objects. */
export interface StorageUpkeep {
  /** Deletes durably. Deleting what is not there succeeds. At most 1,000 keys. */
  delete(keys: readonly string[]): Promise<void>
  /** Objects whose key starts with `prefix`, in no promised order, a page of at most 1,000 at a time. */
  list(prefix: string, cursor?: string): Promise<ObjectPage>
  /** Removes what puts that never ended left behind, if it was begun before `before`; tells how many. */
  clearStaging(before: Date): Promise<number>
}
