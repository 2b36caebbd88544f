import { createHash } from 'node:crypto'

/** A record of an asset, as the database has it. */
export interface StoredRecord {
  readonly id: string
  readonly tempId: string | null
  readonly state: string
  readonly key: string | null
  /** Whether objects wait to be deleted. */
  readonly hasGarbage: boolean
  readonly dueAt: number | null
  readonly sha256: string | null
}

/** A record of a batch, as the database has it. */
export interface StoredBatch {
  readonly id: string
  readonly state: string
  /** Ids of assets. */
  readonly members: readonly string[]
}

/** An object, as the storage has it. */
export interface StoredObject {
  readonly key: string
  /** Of the bytes, in hex. */
  readonly sha256: string
}

/** Everything that lies in a store. */
export interface Outside {
  readonly records: readonly StoredRecord[]
  readonly batches: readonly StoredBatch[]
  readonly objects: readonly StoredObject[]
  /** What puts that have not ended left: files in staging, multipart uploads. */
  readonly staging: readonly string[]
  /** Files that are no object. */
  readonly strays: readonly string[]
}

/** A store as it is seen without any code of the application. */
export interface Site {
  /** What tells processes to use it. */
  readonly variables: Readonly<Record<string, string>>
  read(): Promise<Outside>
  /** What a pause of that many milliseconds does to everything that waits. No process may be at work on it meanwhile. */
  letTimePass(duration: number): Promise<void>
  /** Removes it. */
  remove(): Promise<void>
}

/** SHA-256 in hex. */
export function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
