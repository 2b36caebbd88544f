import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { unavailable } from '../../domain/errors.ts'
import type { PutOptions } from '../../ports/storage.ts'
import {
  abortUpload,
  beginUpload,
  completeUpload,
  type MultipartUpload,
  type StoredPart,
  uploadPart,
} from './multipart-upload.ts'
import { isTaken, keyTaken } from './only-new.ts'
import { PartBuffer } from './part-buffer.ts'
import { partSize } from './plan-parts.ts'
import { putBytes } from './put-bytes.ts'
import { readBody } from './read-body.ts'
import { bare, type S3Bucket } from './s3-bucket.ts'
import { isS3Code } from './s3-error.ts'

/** Short, in milliseconds: whoever is told of the failure may have waited long for it. */
const ABORTED_WITHIN = 2_000

/**
 * Stores a body of any length, known or not. Holds one part in memory, and reads nothing while that is sent; a body
 * that fits into the first part goes in one request. Fails for a key that is there already.
 *
 * Never sent as it arrives, in one request: some servers keep what had come when such a request breaks off, and show
 * half a file. What is in memory is signed with its hash and can be sent again, and parts show when they are complete.
 */
export async function putBody(bucket: S3Bucket, key: string, body: Readable, options: PutOptions): Promise<void> {
  const { signal } = options
  const room = new PartBuffer(options.size)
  const parts: StoredPart[] = []
  let size = 0
  let upload: MultipartUpload | undefined
  try {
    for await (const chunk of readBody(body, options)) {
      size += chunk.length
      let rest = room.fill(chunk, partSize(parts.length + 1, options.size))
      while (rest.length > 0) {
        upload ??= await beginUpload(bucket, key)
        parts.push(await uploadPart(bucket, upload, parts.length + 1, room.bytes, signal))
        room.empty()
        rest = room.fill(rest, partSize(parts.length + 1, options.size))
      }
    }
    await options.accept?.()
    if (!upload) return await putBytes(bucket, key, room.bytes, signal)
    parts.push(await uploadPart(bucket, upload, parts.length + 1, room.bytes, signal))
    await complete(bucket, upload, parts, { size, signal })
  } catch (error) {
    // The first failure counts. What could not be aborted is cleared with the staging.
    if (upload) await Promise.allSettled([abortUpload(bucket, upload, ABORTED_WITHIN)])
    throw error
  }
}

async function complete(
  bucket: S3Bucket,
  upload: MultipartUpload,
  parts: readonly StoredPart[],
  about: { readonly size: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { key } = upload
  try {
    await completeUpload(bucket, upload, parts, about)
  } catch (error) {
    // An attempt whose answer was lost may have done it already.
    if (!isTaken(error) && !isS3Code(error, 'NoSuchUpload')) throw error
    if ((await bucket.head(key))?.etag !== etagOf(parts)) throw isTaken(error) ? keyTaken(key, error) : error
  }
  const head = await bucket.head(key, about.signal)
  if (head?.size !== about.size) throw unavailable('S3 did not store what it was sent.')
}

/** The ETag that S3 gives to the object of these parts. */
function etagOf(parts: readonly StoredPart[]): string {
  const hash = createHash('md5')
  for (const { etag } of parts) hash.update(bare(etag), 'hex')
  return `${hash.digest('hex')}-${parts.length}`
}
