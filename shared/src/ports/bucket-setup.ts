/** A lifecycle rule of a bucket, as far as it matters here. */
export interface LifecycleRule {
  readonly id: string
  /** What the keys that it concerns begin with, counted from the bucket's root. */
  readonly prefix: string
  /** Days after which objects are removed; 0 when it is a date. */
  readonly expiresAfterDays?: number
  /** Days after which the parts of an upload that was never completed are removed. */
  readonly abortsAfterDays?: number
}

/** A rule as it is found. */
export interface FoundRule extends LifecycleRule {
  readonly isEnabled: boolean
  /** Whether it concerns only objects that carry certain tags. */
  readonly needsTags: boolean
  /** Whether it moves objects to where they cannot be read at once. */
  readonly archives: boolean
}

/** What a bucket is like. What the server does not tell is absent. */
export interface BucketState {
  readonly exists: boolean
  /** `unsupported`: the server has no lifecycle rules. `denied`: these credentials may not read them. */
  readonly rules: readonly FoundRule[] | 'unsupported' | 'denied'
  /** Whether objects that are deleted stay as earlier versions. */
  readonly keepsVersions?: boolean
  /** Whether public access is blocked whatever else is allowed. */
  readonly blocksPublicAccess?: boolean
}

/** Prepares a bucket. Throws UNAVAILABLE when the server is out of reach, CONFIG_INVALID when it refuses what is configured. */
export interface BucketSetup {
  inspect(): Promise<BucketState>
  /** Making a bucket that one has already succeeds. */
  create(): Promise<void>
  /** Puts `rules` into the place of those with their ids; all others stay. */
  putRules(rules: readonly LifecycleRule[]): Promise<void>
  close(): void
}
