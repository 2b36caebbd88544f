import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { unavailable } from '../../domain/errors.ts'
import { limitsOfSending, limitsOfWork } from './answer-within.ts'
import { storeNew } from './only-new.ts'
import type { S3Bucket } from './s3-bucket.ts'

/** A part that S3 has. */
export interface StoredPart {
  /** From 1. */
  readonly number: number
  readonly etag: string
  readonly crc32?: string | undefined
}

/** An upload in parts of which nothing is visible before it is completed. */
export interface MultipartUpload {
  readonly key: string
  readonly id: string
}

/** Begins an upload in parts. Takes no signal: an upload whose id nobody waited for would be left behind. */
export async function beginUpload(
  bucket: S3Bucket,
  key: string,
  about: { readonly Metadata?: Record<string, string> } = {},
): Promise<MultipartUpload> {
  const hasChecksums = bucket.options.checksums === 'when_supported' && !about.Metadata
  const command = new CreateMultipartUploadCommand({
    ...bucket.at(key),
    ...bucket.kept,
    ...about,
    ...(hasChecksums && { ChecksumAlgorithm: 'CRC32' }),
  })
  const { UploadId } = await bucket.request((options) => bucket.client.send(command, options))
  if (!UploadId) throw unavailable('S3 did not begin an upload in parts.')
  return { key, id: UploadId }
}

/** Sends one part, which is in memory: again if need be, and S3 compares it with the hash that it is signed with. */
export async function uploadPart(
  bucket: S3Bucket,
  upload: MultipartUpload,
  number: number,
  bytes: Buffer,
  signal?: AbortSignal,
): Promise<StoredPart> {
  const part = { UploadId: upload.id, PartNumber: number, Body: bytes, ContentLength: bytes.length }
  const command = new UploadPartCommand({ ...bucket.at(upload.key), ...part })
  const { ETag, ChecksumCRC32 } = await bucket.request((options) => bucket.client.send(command, options), {
    ...limitsOfSending(bytes.length),
    signal,
  })
  if (!ETag) throw unavailable('S3 did not say that it stored a part.')
  return { number, etag: ETag, crc32: ChecksumCRC32 }
}

/**
 * Makes the object of the parts, which have `size` bytes together, unless the key has one. Look whether it is there
 * afterwards: a failure may come with status 200.
 */
export async function completeUpload(
  bucket: S3Bucket,
  upload: MultipartUpload,
  parts: readonly StoredPart[],
  { size, signal }: { readonly size: number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const Parts = parts.map(({ number, etag, crc32 }) => ({
    PartNumber: number,
    ETag: etag,
    ...(crc32 && { ChecksumCRC32: crc32 }),
  }))
  const about = { ...bucket.at(upload.key), UploadId: upload.id, MultipartUpload: { Parts } }
  await storeNew(bucket, upload.key, (only) => {
    const command = new CompleteMultipartUploadCommand({ ...about, ...only })
    // An attempt that is begun while the last one still works would be told that there is no such upload.
    const limits = { ...limitsOfWork(size), signal }
    return bucket.request((options) => bucket.client.send(command, options), limits)
  })
}

/** Gives an upload up, with what it holds, within so many milliseconds. */
export async function abortUpload(bucket: S3Bucket, { key, id }: MultipartUpload, within: number): Promise<void> {
  const command = new AbortMultipartUploadCommand({ ...bucket.at(key), UploadId: id })
  await bucket.request((options) => bucket.client.send(command, options), { within })
}
