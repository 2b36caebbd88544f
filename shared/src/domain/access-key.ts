import { createHash } from 'node:crypto'

/** `secret`: a backend's, for everything. `public`: may stand in a page, makes, reads and drops temporary assets. */
export type AccessKeyType = 'secret' | 'public'

/** A credential of a project. The plain key is never stored. */
export interface AccessKey {
  readonly id: string
  readonly projectId: string
  readonly type: AccessKeyType
  readonly name: string
  /** SHA-256 of the plain key, in hex. */
  readonly hash: string
  /** What a person may recognise it by: the prefix and the last four characters. */
  readonly hint: string
  readonly createdAt: Date
  /** Once set, the key is refused for good. */
  readonly revokedAt?: Date
}

const PATTERN = /^(sk|pk)_[\x21-\x7e]{24,500}$/

/** The type of a well-formed plain key: `sk_` or `pk_` and at least 24 more characters; undefined for all else. */
export function accessKeyType(plain: string): AccessKeyType | undefined {
  const prefix = PATTERN.exec(plain)?.[1]
  if (!prefix) return undefined
  return prefix === 'sk' ? 'secret' : 'public'
}

/** SHA-256 in hex. The keys carry at least 140 bits, so a fast hash is enough. */
export function hashAccessKey(plain: string): string {
  return createHash('sha256').update(plain).digest('hex')
}
