/** A folder of a project. It exists while it has this record or holds an asset. */
export interface Folder {
  /** Ascending in its project. */
  readonly id: number
  readonly projectId: string
  /** Without slashes at its ends, never empty: the root has no record. */
  readonly path: string
  readonly createdAt: Date
}
