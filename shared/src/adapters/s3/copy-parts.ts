import { ListMultipartUploadsCommand, ListPartsCommand, UploadPartCopyCommand } from '@aws-sdk/client-s3'
import { unavailable } from '../../domain/errors.ts'
import { limitsOfWork } from './answer-within.ts'
import { copySource } from './copy-source.ts'
import { beginUpload, completeUpload, type MultipartUpload, type StoredPart } from './multipart-upload.ts'
import { type CopiedPart, planCopy } from './plan-parts.ts'
import type { ObjectHead, S3Bucket } from './s3-bucket.ts'

/** Parts that are copied at once: S3 copies each at a few hundred MB a second. */
const PARALLEL = 8

/** What is copied where. */
interface Copy {
  readonly from: string
  readonly to: string
  readonly source: ObjectHead
}

/**
 * Copies an object that is too large for one request. A copy that failed leaves its parts for the next one, which goes
 * on where it stopped; what nobody goes on with is cleared with the staging.
 */
export async function copyParts(bucket: S3Bucket, copy: Copy): Promise<void> {
  const upload = (await findUpload(bucket, copy.to)) ?? (await beginUpload(bucket, copy.to, bucket.markOf(copy.source)))
  const plan = planCopy(copy.source.size)
  const parts = await listParts(bucket, upload, plan)
  const missing = plan.filter(({ number }) => !parts.has(number))
  const failing = new AbortController()
  const work = async () => {
    for (let part = missing.shift(); part; part = missing.shift()) {
      parts.set(part.number, await copyPart(bucket, upload, copy, part, failing.signal))
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, () => work().catch((error) => failing.abort(error))))
  failing.signal.throwIfAborted()
  const inOrder = [...parts.values()].sort((a, b) => a.number - b.number)
  await completeUpload(bucket, upload, inOrder, { size: copy.source.size })
}

async function copyPart(
  bucket: S3Bucket,
  upload: MultipartUpload,
  { from, to, source }: Copy,
  { number, start, end }: CopiedPart,
  signal: AbortSignal,
): Promise<StoredPart> {
  const command = new UploadPartCopyCommand({
    ...bucket.at(to),
    ...copySource(bucket, from, source),
    CopySourceRange: `bytes=${start}-${end}`,
    UploadId: upload.id,
    PartNumber: number,
  })
  const limits = { ...limitsOfWork(end - start + 1), signal }
  const { CopyPartResult } = await bucket.request((options) => bucket.client.send(command, options), limits)
  if (!CopyPartResult?.ETag) throw unavailable('S3 did not say that it copied a part.')
  return { number, etag: CopyPartResult.ETag }
}

/** An earlier copy to this key that was not completed: nothing else is written to the key of a copy. */
async function findUpload(bucket: S3Bucket, to: string): Promise<MultipartUpload | undefined> {
  const { Bucket, Key } = bucket.at(to)
  const command = new ListMultipartUploadsCommand({ Bucket, Prefix: Key })
  const { Uploads = [] } = await bucket.request((options) => bucket.client.send(command, options))
  const id = Uploads.find((upload) => upload.Key === Key)?.UploadId
  return id === undefined ? undefined : { key: to, id }
}

/** The parts of the plan that S3 has already, by number. */
async function listParts(
  bucket: S3Bucket,
  upload: MultipartUpload,
  plan: readonly CopiedPart[],
): Promise<Map<number, StoredPart>> {
  const parts = new Map<number, StoredPart>()
  let marker: string | undefined
  do {
    const from = { UploadId: upload.id, ...(marker && { PartNumberMarker: marker }) }
    const command = new ListPartsCommand({ ...bucket.at(upload.key), ...from })
    const page = await bucket.request((options) => bucket.client.send(command, options))
    for (const { PartNumber = 0, ETag = '', Size } of page.Parts ?? []) {
      const planned = plan[PartNumber - 1]
      if (planned && ETag && Size === planned.end - planned.start + 1) {
        parts.set(PartNumber, { number: PartNumber, etag: ETag })
      }
    }
    marker = page.IsTruncated ? page.NextPartNumberMarker : undefined
  } while (marker !== undefined)
  return parts
}
