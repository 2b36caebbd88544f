import { createHash } from 'node:crypto'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { unavailable } from '../../domain/errors.ts'
import { limitsOfSending } from './answer-within.ts'
import { isTaken, keyTaken, storeNew } from './only-new.ts'
import type { S3Bucket } from './s3-bucket.ts'
import { attemptsOf } from './s3-error.ts'

/**
 * Stores bytes that are in memory. They are sent again if need be, and S3 compares them with the hash that they are
 * signed with. Fails for a key that is there already.
 */
export async function putBytes(bucket: S3Bucket, key: string, bytes: Buffer, signal?: AbortSignal): Promise<void> {
  const about = { ...bucket.at(key), ...bucket.kept, Body: bytes, ContentLength: bytes.length }
  const limits = { ...limitsOfSending(bytes.length), signal }
  try {
    const { ETag } = await storeNew(bucket, key, (only) => {
      const command = new PutObjectCommand({ ...about, ...only })
      return bucket.request((options) => bucket.client.send(command, options), limits)
    })
    if (!ETag) throw unavailable('S3 did not say that it stored the object.')
  } catch (error) {
    if (!isTaken(error)) throw error
    // An attempt whose answer was lost may be what took the key.
    if (attemptsOf(error) > 1 && (await isStored(bucket, key, bytes))) return
    throw keyTaken(key, error)
  }
}

async function isStored(bucket: S3Bucket, key: string, bytes: Buffer): Promise<boolean> {
  const head = await bucket.head(key)
  return head?.size === bytes.length && head.etag === createHash('md5').update(bytes).digest('hex')
}
