import { ListMultipartUploadsCommand, type ListMultipartUploadsOutput } from '@aws-sdk/client-s3'
import { SMALL_ANSWER } from './answer-within.ts'
import { abortUpload } from './multipart-upload.ts'
import type { S3Bucket } from './s3-bucket.ts'
import { isS3Code } from './s3-error.ts'

/** Where a page of uploads begins. */
interface Marker {
  readonly KeyMarker?: string
  readonly UploadIdMarker?: string
}

/** Aborts the uploads in parts that were begun before `before` and not completed; tells how many. */
export async function clearUploads(bucket: S3Bucket, before: Date): Promise<number> {
  const { Bucket, Key: Prefix } = bucket.at('')
  let cleared = 0
  let marker: Marker | undefined = {}
  while (marker) {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({ Bucket, Prefix, ...marker })
    const page: ListMultipartUploadsOutput = await bucket.request((options) => bucket.client.send(command, options))
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (!Key || !UploadId || !Initiated || Initiated >= before) continue
      if (await clear(bucket, Key, UploadId)) cleared++
    }
    marker = page.IsTruncated ? markerAfter(page) : undefined
  }
  return cleared
}

function markerAfter(page: ListMultipartUploadsOutput): Marker | undefined {
  if (!page.NextKeyMarker) return undefined
  return { KeyMarker: page.NextKeyMarker, ...(page.NextUploadIdMarker && { UploadIdMarker: page.NextUploadIdMarker }) }
}

async function clear(bucket: S3Bucket, path: string, id: string): Promise<boolean> {
  try {
    await abortUpload(bucket, { key: bucket.keyOf(path), id }, SMALL_ANSWER)
    return true
  } catch (error) {
    // Its put ended meanwhile, or another worker was faster.
    if (isS3Code(error, 'NoSuchUpload')) return false
    throw error
  }
}
