/** A tenant: it owns assets and access keys. */
export interface Project {
  /** 24 lower-case hexadecimal digits. */
  readonly id: string
  /** The id of its owner, `userId` of its assets. */
  readonly ownerId: string
  readonly name: string
  readonly createdAt: Date
  readonly updatedAt: Date
}
