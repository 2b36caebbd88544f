import {
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
  type ServerSideEncryption,
} from '@aws-sdk/client-s3'
import { KeepsakeError, unavailable } from '../../domain/errors.ts'
import { SMALL_ANSWER, SMALL_ATTEMPT } from './answer-within.ts'
import { createS3Client, type S3Options } from './s3-client.ts'
import { s3Error, s3Status } from './s3-error.ts'

/** What a command is sent with. */
export interface SendOptions {
  readonly abortSignal: AbortSignal
  /** Milliseconds after which one attempt is given up, and the next begun. */
  readonly requestTimeout?: number
}

/** When a request ends at the latest. */
export interface RequestLimits {
  /** Milliseconds, all attempts together. */
  readonly within?: number
  /** Milliseconds for one attempt. */
  readonly attempt?: number
  /** Ends it with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** What S3 knows of an object. */
export interface ObjectHead {
  readonly size: number
  readonly etag: string
  /** The ETag of the object that this one is a copy of. */
  readonly copyOf: string | undefined
}

/** The name under which a copy remembers the ETag of its source. */
const COPY_OF = 'copy-of'

/** The bucket of `options`, with clients of its own. Nothing is sent yet. */
export function createS3Bucket(options: S3Options): S3Bucket {
  return new S3Bucket(options, createS3Client(options), createS3Client(options))
}

/** The bucket: the place of every key in it, and how requests are sent to it. */
export class S3Bucket {
  readonly options: S3Options
  readonly client: S3Client
  /** For the bytes of objects alone: their readers may hold every connection it has, and nothing else waits for one. */
  readonly downloads: S3Client
  /** Whether the server can be told to store nothing over another object: so it is assumed until it refuses. */
  knowsConditions = true

  constructor(options: S3Options, client: S3Client, downloads: S3Client) {
    this.options = options
    this.client = client
    this.downloads = downloads
  }

  /** How commands name the object of `key`. */
  at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.options.bucket, Key: this.options.prefix + key }
  }

  /** The key of an object that S3 names `path`. */
  keyOf(path: string): string {
    return path.slice(this.options.prefix.length)
  }

  /** How a new object is to be kept. */
  get kept(): { ServerSideEncryption?: ServerSideEncryption; SSEKMSKeyId?: string; StorageClass?: 'STANDARD' } {
    const { sse, storageClass } = this.options
    const isName = sse === 'AES256' || sse === 'aws:kms' || sse === 'aws:kms:dsse'
    return {
      ...(sse && { ServerSideEncryption: isName ? sse : 'aws:kms' }),
      ...(sse && !isName && { SSEKMSKeyId: sse }),
      // The SDK's type names the classes of Amazon; other servers have others.
      ...(storageClass && { StorageClass: storageClass as 'STANDARD' }),
    }
  }

  /** What is written to a copy, for `head` to tell it from other bytes. */
  markOf(source: ObjectHead): { readonly Metadata: Record<string, string> } {
    return { Metadata: { [COPY_OF]: source.etag } }
  }

  /**
   * Sends one command within its limits. An outage rejects with UNAVAILABLE or STORAGE_FULL, what else S3 refuses with
   * the SDK's error, an abort with the reason of the signal.
   */
  async request<T>(send: (options: SendOptions) => Promise<T>, limits: RequestLimits = {}): Promise<T> {
    const { within = SMALL_ANSWER, attempt = SMALL_ATTEMPT, signal } = limits
    signal?.throwIfAborted()
    const ending = new AbortController()
    const giveUp = () => ending.abort(unavailable(`S3 did not answer within ${Math.round(within / 1000)} seconds.`))
    const timer = setTimeout(giveUp, within)
    const stop = () => ending.abort(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    try {
      const sending = send({ abortSignal: ending.signal, requestTimeout: attempt })
      // The SDK may wait for more than the server: what gives it credentials knows no signal.
      return await Promise.race([sending, rejectionBy(ending.signal)])
    } catch (error) {
      if (ending.signal.aborted) throw ending.signal.reason
      // A refusal may come while the body is still being sent; the connection goes with it.
      ending.abort()
      throw s3Error(error)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
  }

  /** What is known of an object; undefined where there is none, or no bucket. */
  async head(key: string, signal?: AbortSignal): Promise<ObjectHead | undefined> {
    try {
      const head = await this.request((options) => this.client.send(new HeadObjectCommand(this.at(key)), options), {
        signal,
      })
      const { ContentLength: size, ETag, Metadata } = head
      if (size === undefined || !ETag) throw unavailable('S3 does not tell the size and the ETag of an object.')
      return { size, etag: bare(ETag), copyOf: Metadata?.[COPY_OF] }
    } catch (error) {
      if (s3Status(error) !== 404) throw error
      return undefined
    }
  }

  /** Throws OBJECT_NOT_FOUND, or UNAVAILABLE when the bucket itself is missing: an outage is never an empty store. */
  async failMissing(cause?: unknown): Promise<never> {
    const { bucket } = this.options
    try {
      await this.request((options) => this.client.send(new HeadBucketCommand({ Bucket: bucket }), options))
    } catch (error) {
      if (s3Status(error) === 404) throw unavailable(`The bucket ${bucket} does not exist.`, error)
      throw error
    }
    throw new KeepsakeError('OBJECT_NOT_FOUND', 'There is no such object.', { cause })
  }

  /** Fails when the bucket cannot be used. Lists, because the answer to a HEAD does not tell why it was refused. */
  async expectUsable(): Promise<void> {
    const { bucket, prefix } = this.options
    const listing = { Bucket: bucket, Prefix: prefix, MaxKeys: 1 }
    await this.request((options) => this.client.send(new ListObjectsV2Command(listing), options))
  }

  /** Closes the connections. Nothing may be under way any more. */
  close(): void {
    this.client.destroy()
    this.downloads.destroy()
  }
}

function rejectionBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
}

/** An ETag without its quotes; some servers leave them out. */
export function bare(etag: string | undefined): string {
  return etag?.replaceAll('"', '') ?? ''
}
