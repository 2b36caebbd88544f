import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import { unavailable } from '../../domain/errors.ts'
import type { ListedObject, ObjectPage } from '../../ports/storage-upkeep.ts'
import type { S3Bucket } from './s3-bucket.ts'

const PAGE_SIZE = 1_000

/** A page of the objects whose key starts with `prefix`. */
export async function listObjects(bucket: S3Bucket, prefix: string, cursor?: string): Promise<ObjectPage> {
  const { Bucket, Key } = bucket.at(prefix)
  const command = new ListObjectsV2Command({
    Bucket,
    Prefix: Key,
    MaxKeys: PAGE_SIZE,
    ...(cursor !== undefined && { ContinuationToken: cursor }),
  })
  const page = await bucket.request((options) => bucket.client.send(command, options))
  const objects = (page.Contents ?? []).map((object): ListedObject => {
    const { Key: path, Size, LastModified } = object
    if (path === undefined || Size === undefined || !LastModified)
      throw unavailable('S3 lists an object without its size.')
    return { key: bucket.keyOf(path), size: Size, storedAt: LastModified }
  })
  if (!page.IsTruncated) return { objects }
  if (!page.NextContinuationToken) throw unavailable('S3 lists a part of the objects and not how to go on.')
  return { objects, cursor: page.NextContinuationToken }
}
