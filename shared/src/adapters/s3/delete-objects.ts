import { DeleteObjectsCommand } from '@aws-sdk/client-s3'
import { unavailable } from '../../domain/errors.ts'
import { SMALL_ANSWER } from './answer-within.ts'
import type { S3Bucket } from './s3-bucket.ts'

/** What one request may delete. */
const MOST_KEYS = 1_000

/** How long S3 may take for one of many objects, in milliseconds. */
const FOR_EACH = 20

/** Deletes objects. Deleting what is not there succeeds. Fails, and says how many are left, when any is refused. */
export async function deleteObjects(bucket: S3Bucket, keys: readonly string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += MOST_KEYS) {
    await deleteSome(bucket, keys.slice(start, start + MOST_KEYS))
  }
}

async function deleteSome(bucket: S3Bucket, keys: readonly string[]): Promise<void> {
  const Objects = keys.map((key) => ({ Key: bucket.at(key).Key }))
  const command = new DeleteObjectsCommand({ Bucket: bucket.options.bucket, Delete: { Objects } })
  const limits = { within: SMALL_ANSWER + keys.length * FOR_EACH }
  const { Deleted = [], Errors = [] } = await bucket.request((options) => bucket.client.send(command, options), limits)
  const failures = Errors.filter(({ Code }) => Code !== 'NoSuchKey')
  const gone = new Set([...Deleted, ...Errors].map(({ Key }) => Key))
  const left = failures.length || Objects.filter(({ Key }) => !gone.has(Key)).length
  if (left > 0) {
    const code = /^\w{1,64}$/.exec(failures[0]?.Code ?? '')?.[0] ?? 'no answer'
    throw unavailable(`S3 did not delete ${left} of ${keys.length} objects (${code}).`)
  }
}
