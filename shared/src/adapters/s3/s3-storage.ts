import type { Readable } from 'node:stream'
import type { ByteRange, OpenObject, PutOptions, Storage } from '../../ports/storage.ts'
import type { ObjectPage, StorageUpkeep } from '../../ports/storage-upkeep.ts'
import { clearUploads } from './clear-uploads.ts'
import { copyObject } from './copy-object.ts'
import { deleteObjects } from './delete-objects.ts'
import { listObjects } from './list-objects.ts'
import { openObject } from './open-object.ts'
import { putBody } from './put-body.ts'
import { createS3Bucket, type S3Bucket } from './s3-bucket.ts'
import type { S3Options } from './s3-client.ts'
import { openingError } from './s3-error.ts'

/**
 * Opens a bucket for objects. Throws CONFIG_INVALID when it does not exist, lies in another region or refuses the
 * credentials, UNAVAILABLE when it is out of reach.
 */
export async function openS3Storage(options: S3Options): Promise<S3Storage> {
  const bucket = createS3Bucket(options)
  try {
    await bucket.expectUsable()
    return new S3Storage(bucket)
  } catch (error) {
    bucket.close()
    throw openingError(error, options.bucket)
  }
}

/**
 * Keeps objects in a bucket, which any number of processes may share. An object appears when its last byte was sent
 * and accepted, and S3 is told to replace none.
 */
export class S3Storage implements Storage, StorageUpkeep {
  readonly #bucket: S3Bucket

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket
  }

  async put(key: string, body: Readable, options: PutOptions = {}): Promise<void> {
    return putBody(this.#bucket, key, body, options)
  }

  async open(key: string, range?: ByteRange): Promise<OpenObject> {
    return openObject(this.#bucket, key, range)
  }

  async size(key: string): Promise<number> {
    const head = await this.#bucket.head(key)
    return head ? head.size : this.#bucket.failMissing()
  }

  async copy(from: string, to: string): Promise<void> {
    return copyObject(this.#bucket, from, to)
  }

  async check(): Promise<void> {
    return this.#bucket.expectUsable()
  }

  async delete(keys: readonly string[]): Promise<void> {
    return deleteObjects(this.#bucket, keys)
  }

  async list(prefix: string, cursor?: string): Promise<ObjectPage> {
    return listObjects(this.#bucket, prefix, cursor)
  }

  async clearStaging(before: Date): Promise<number> {
    return clearUploads(this.#bucket, before)
  }

  /** Closes the connections. Nothing may be under way any more. */
  async close(): Promise<void> {
    this.#bucket.close()
  }
}
