import type { Readable } from 'node:stream'

/** How to put an object. */
export interface PutOptions {
  /** Bytes, when it is known beforehand; a body of another length fails. */
  readonly size?: number
  /** Ends the put: it fails with the signal's reason. */
  readonly signal?: AbortSignal
  /** Sees every chunk before it is written. Throwing ends the put with that error. */
  readonly inspect?: (chunk: Buffer) => void
  /** Has the last word, after the last byte and before anything is visible. Rejecting ends the put with that error. */
  readonly accept?: () => Promise<void>
  /** May take the room that is kept free of uploads: for the few bytes without which nothing can start. */
  readonly usesReserve?: boolean
}

/** First and last byte, both included, counted from 0. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** An object that was opened for reading. */
export interface OpenObject {
  /** Bytes of the whole object, whatever range was asked for. */
  readonly size: number
  /** A small object may come whole; a stream must be consumed or destroyed. */
  readonly body: Readable | Uint8Array
}

/** Objects by key. What is visible is complete, and never changes. Throws UNAVAILABLE when out of reach, STORAGE_FULL when there is no room. */
export interface Storage {
  /**
   * Stores the body whole and durably, or not at all. Settles only when it no longer touches the body or the object.
   * Fails for a key that is there already: keys are never reused.
   */
  put(key: string, body: Readable, options?: PutOptions): Promise<void>
  /** Throws OBJECT_NOT_FOUND. A range must lie within the object. */
  open(key: string, range?: ByteRange): Promise<OpenObject>
  /** Bytes of the object. Throws OBJECT_NOT_FOUND. */
  size(key: string): Promise<number>
  /** Durable when it returns. May be repeated, also concurrently. Throws OBJECT_NOT_FOUND when there is no source. */
  copy(from: string, to: string): Promise<void>
  /** Fails when the storage cannot be used. */
  check(): Promise<void>
}
