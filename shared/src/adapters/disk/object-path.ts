import { createHash } from 'node:crypto'
import { join } from 'node:path'

/**
 * The folders that objects are spread over. Few enough that deleting hundreds of objects flushes few folders,
 * enough that ten million objects leave each one easy to list.
 */
export const SHARDS: readonly string[] = Array.from({ length: 64 }, (_, shard) => String(shard).padStart(2, '0'))

/** Where the bytes of one object lie. */
export interface ObjectPath {
  readonly key: string
  readonly folder: string
  readonly file: string
  /** Only for a key too long for a file name: the file beside the object that holds it, for listings. */
  readonly keyFile?: string
}

/** What file systems allow a name to have, in bytes. */
const LONGEST_NAME = 255

/**
 * The only place where a key becomes a path. The SHA-256 of the key picks the folder and begins the file name, so keys
 * that differ in anything at all, also only in case, never meet. The escaped key follows for listings and for people.
 */
export function objectPath(root: string, key: string): ObjectPath {
  const hash = createHash('sha256').update(key).digest('hex')
  const folder = join(root, shardOf(hash))
  // Throws for a lone surrogate, which has no UTF-8 form and would share its hash with others.
  const name = `${hash}.${encodeURIComponent(key)}`
  if (name.length <= LONGEST_NAME) return { key, folder, file: join(folder, name) }
  return { key, folder, file: join(folder, hash), keyFile: join(folder, `${hash}-key`) }
}

/** The folder of an object file whose name, or the beginning of it, is known: ascending as names ascend. */
export function shardOf(name: string): string {
  return String(Number.parseInt(name.slice(0, 2), 16) >> 2).padStart(2, '0')
}

/** What the name of a file tells: a whole key, that the key lies in `keyFile`, or nothing, when it is no object's. */
export function readName(name: string): { readonly key: string } | { readonly keyFile: string } | undefined {
  const [, hash, escaped] = /^([0-9a-f]{64})(?:\.(.*))?$/.exec(name) ?? []
  if (hash === undefined) return undefined
  return escaped === undefined ? { keyFile: `${hash}-key` } : { key: decodeURIComponent(escaped) }
}
