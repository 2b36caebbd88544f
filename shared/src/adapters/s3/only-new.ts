import type { S3Bucket } from './s3-bucket.ts'
import { isS3Code, s3Status } from './s3-error.ts'

/** What a command carries that must not replace an object. */
export interface OnlyNew {
  readonly IfNoneMatch?: '*'
}

/** What a command for a key without an object carries. Where the server knows no conditions, fails for a taken key. */
export async function onlyNew(bucket: S3Bucket, key: string): Promise<OnlyNew> {
  if (bucket.knowsConditions) return { IfNoneMatch: '*' }
  if (await bucket.head(key)) throw keyTaken(key)
  return {}
}

/** Sends a command that must not replace an object, once more if the server turns out not to know conditions. */
export async function storeNew<T>(bucket: S3Bucket, key: string, send: (only: OnlyNew) => Promise<T>): Promise<T> {
  try {
    return await send(await onlyNew(bucket, key))
  } catch (error) {
    if (!isUnknownCondition(bucket, error)) throw error
    return send(await onlyNew(bucket, key))
  }
}

/** Whether `error` says that the server knows no conditions; it is asked without from now on. */
export function isUnknownCondition(bucket: S3Bucket, error: unknown): boolean {
  if (!bucket.knowsConditions || (s3Status(error) !== 501 && !isS3Code(error, 'NotImplemented'))) return false
  bucket.knowsConditions = false
  return true
}

/** Whether `error` says that the key has an object, or just gets one. */
export function isTaken(error: unknown): boolean {
  return isS3Code(error, 'PreconditionFailed', 'ConditionalRequestConflict') || s3Status(error) === 412
}

/** Objects are never replaced. */
export function keyTaken(key: string, cause?: unknown): Error {
  return new Error(`The key ${key} has an object already.`, { cause })
}
