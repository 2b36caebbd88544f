import type { ObjectHead, S3Bucket } from './s3-bucket.ts'

/** How commands name what is copied: the object of `from`, as long as it is `source`. */
export function copySource(
  bucket: S3Bucket,
  from: string,
  source: ObjectHead,
): { readonly CopySource: string; readonly CopySourceIfMatch: string } {
  const { Bucket, Key } = bucket.at(from)
  // A header holds neither other scripts nor blanks, and S3 decodes it.
  const path = Key.split('/').map(encodeURIComponent).join('/')
  return { CopySource: `${Bucket}/${path}`, CopySourceIfMatch: `"${source.etag}"` }
}
