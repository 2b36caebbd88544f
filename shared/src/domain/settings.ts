/** What the rules depend on, fixed for the life of a process. Durations in milliseconds, sizes in bytes. */
export interface Settings {
  /** The bucket's name, as assets show it. */
  readonly bucket: string
  /** Without a trailing slash. */
  readonly publicUrl: string
  /** Without a trailing slash; a permanent url is this, a slash and the key. */
  readonly cdnBaseUrl: string
  readonly maxUploadBytes: number
  /** MIME types and ranges like `image/*`. */
  readonly allowedTypes: readonly string[]
  /** A whole upload may take this long. */
  readonly uploadTimeout: number
  /** An upload that sends nothing for so long is cut. */
  readonly idleTimeout: number
  /** From the end of an upload to its deadline. */
  readonly tempTtl: number
  /** How long the worker leaves a persist to the request that began it, before what its size adds. */
  readonly persistLease: number
  /** How long the bytes of deleted objects stay. */
  readonly purgeDelay: number
}
