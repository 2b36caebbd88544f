import { CopyObjectCommand } from '@aws-sdk/client-s3'
import { unavailable } from '../../domain/errors.ts'
import { limitsOfWork } from './answer-within.ts'
import { copyParts } from './copy-parts.ts'
import { copySource } from './copy-source.ts'
import { isTaken, storeNew } from './only-new.ts'
import { LARGEST_REQUEST } from './plan-parts.ts'
import { bare, type ObjectHead, type S3Bucket } from './s3-bucket.ts'
import { isS3Code } from './s3-error.ts'

/**
 * Copies within the bucket. May be repeated, also at once: a target with the bytes of the source is a success, any
 * other fails. Throws OBJECT_NOT_FOUND when there is no source.
 */
export async function copyObject(bucket: S3Bucket, from: string, to: string): Promise<void> {
  const [source, target] = await Promise.all([bucket.head(from), bucket.head(to)])
  if (!source) return bucket.failMissing()
  if (target) return expectSame(source, target, to)
  try {
    const copy = { from, to, source }
    if (source.size > LARGEST_REQUEST) await copyParts(bucket, copy)
    else if ((await copyWhole(bucket, copy)) === source.etag) return
  } catch (error) {
    if (isS3Code(error, 'NoSuchKey')) return bucket.failMissing(error)
    // Another copy was faster: the same one, if all is well.
    if (!isTaken(error) && !isS3Code(error, 'NoSuchUpload')) throw error
  }
  const copied = await bucket.head(to)
  if (!copied) throw unavailable('S3 did not keep the object that it copied.')
  expectSame(source, copied, to)
}

async function copyWhole(
  bucket: S3Bucket,
  { from, to, source }: { readonly from: string; readonly to: string; readonly source: ObjectHead },
): Promise<string> {
  const about = { ...bucket.at(to), ...bucket.kept, ...copySource(bucket, from, source), ...bucket.markOf(source) }
  const { CopyObjectResult } = await storeNew(bucket, to, (only) => {
    const command = new CopyObjectCommand({ ...about, ...only, MetadataDirective: 'REPLACE' })
    return bucket.request((options) => bucket.client.send(command, options), limitsOfWork(source.size))
  })
  // Absent from a failure with status 200, which the SDK does not always know for one.
  return bare(CopyObjectResult?.ETag)
}

/** The ETag alone does not tell: a copy of an object that came in parts, or is encrypted, has another one. */
function expectSame(source: ObjectHead, target: ObjectHead, to: string): void {
  const isSame = target.etag === source.etag || target.copyOf === source.etag
  if (isSame && target.size === source.size) return
  throw new Error(`The object ${to} has other bytes than what it should be a copy of; objects are never overwritten.`)
}
