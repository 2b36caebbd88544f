import { randomBytes } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type MultipartUpload,
  S3Client,
} from '@aws-sdk/client-s3'
import type { S3Options } from '@keepsake/shared/adapters/s3/s3-client'
import { openS3Storage, type S3Storage } from '@keepsake/shared/adapters/s3/s3-storage'
import { S3Proxy } from './s3-proxy.ts'

const ENDPOINT = process.env.TEST_S3_ENDPOINT

/** A mebibyte, in bytes. */
export const MIB = 1024 * 1024

/** Tests that need a real S3 server: skipped without one, failed where services are required. */
export function describeWithS3(name: string, tests: () => void): void {
  if (ENDPOINT) describe(name, tests)
  else if (process.env.REQUIRE_SERVICES === '1') test(name, () => expect(ENDPOINT).toBeDefined())
  else test.skip(`${name} (skipped: TEST_S3_ENDPOINT is not set)`, () => undefined)
}

/** A bucket of its own on the test server, and what lies in it as another client sees it. */
export class TestBucket {
  readonly name = `keepsake-${randomBytes(6).toString('hex')}`
  readonly #opened: S3Storage[] = []
  #client: S3Client | undefined
  #proxy: S3Proxy | undefined

  /** A client without any code of the application. */
  get client(): S3Client {
    this.#client ??= new S3Client({ endpoint: ENDPOINT ?? '', region: 'us-east-1', forcePathStyle: true })
    return this.#client
  }

  /** What opens the bucket, through its proxy if it has one. */
  options(changes: Partial<S3Options> = {}): S3Options {
    const server = { endpoint: this.#proxy?.endpoint ?? ENDPOINT ?? '', region: 'us-east-1', forcePathStyle: true }
    return { bucket: this.name, ...server, prefix: 'kept/', checksums: 'when_required', ...changes }
  }

  /** Opens the bucket; `close` closes what was opened. */
  async open(changes?: Partial<S3Options>): Promise<S3Storage> {
    const storage = await openS3Storage(this.options(changes))
    this.#opened.push(storage)
    return storage
  }

  async make(): Promise<void> {
    await this.client.send(new CreateBucketCommand({ Bucket: this.name }))
  }

  /** Makes the bucket, and a proxy that lies before it until it is removed. */
  async makeBehindProxy(): Promise<S3Proxy> {
    await this.make()
    this.#proxy = await S3Proxy.start(ENDPOINT ?? '')
    return this.#proxy
  }

  /** The paths of all objects, prefix and all. */
  async paths(): Promise<string[]> {
    const paths: string[] = []
    let token: string | undefined
    do {
      const page = { Bucket: this.name, ...(token && { ContinuationToken: token }) }
      const { Contents = [], NextContinuationToken } = await this.client.send(new ListObjectsV2Command(page))
      paths.push(...Contents.map(({ Key = '' }) => Key))
      token = NextContinuationToken
    } while (token)
    return paths
  }

  /** The uploads in parts that were neither completed nor aborted. */
  async uploads(): Promise<MultipartUpload[]> {
    return (await this.client.send(new ListMultipartUploadsCommand({ Bucket: this.name }))).Uploads ?? []
  }

  /** Closes what was opened and removes everything but the bucket itself. Its proxy lets everything pass again. */
  async clear(): Promise<void> {
    this.#proxy?.reset()
    for (const storage of this.#opened.splice(0)) await storage.close()
    const paths = await this.paths()
    for (let done = 0; done < paths.length; done += 1000) {
      const Objects = paths.slice(done, done + 1000).map((Key) => ({ Key }))
      await this.client.send(new DeleteObjectsCommand({ Bucket: this.name, Delete: { Objects } }))
    }
    for (const { Key, UploadId } of await this.uploads()) {
      await this.client.send(new AbortMultipartUploadCommand({ Bucket: this.name, Key, UploadId }))
    }
  }

  async remove(): Promise<void> {
    await this.clear()
    await this.client.send(new DeleteBucketCommand({ Bucket: this.name }))
    this.client.destroy()
    await this.#proxy?.stop()
  }
}
