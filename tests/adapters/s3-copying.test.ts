import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { UploadPartCopyCommand } from '@aws-sdk/client-s3'
import { copyParts } from '@keepsake/shared/adapters/s3/copy-parts'
import { createS3Bucket } from '@keepsake/shared/adapters/s3/s3-bucket'
import type { S3Storage } from '@keepsake/shared/adapters/s3/s3-storage'
import { bodyOf, bytesOf } from '../support/objects.ts'
import { type S3Proxy, s3ErrorBody } from '../support/s3-proxy.ts'
import { describeWithS3, MIB, TestBucket } from '../support/s3-tests.ts'

describeWithS3('copying in a bucket', () => {
  const bucket = new TestBucket()
  let proxy: S3Proxy
  let storage: S3Storage

  beforeAll(async () => {
    proxy = await bucket.makeBehindProxy()
  })

  beforeEach(async () => {
    storage = await bucket.open()
  })

  afterEach(() => bucket.clear())

  afterAll(() => bucket.remove())

  /** How many requests copied something. */
  function copies(): number {
    return proxy.requests.filter(({ headers }) => headers['x-amz-copy-source'] !== undefined).length
  }

  test('knows a copy of an object that came in parts, and does not make it twice', async () => {
    const bytes = randomBytes(6 * MIB)
    await storage.put('temp/a', bodyOf(bytes))

    await storage.copy('temp/a', 'uploads/a')
    await storage.copy('temp/a', 'uploads/a')

    expect(copies()).toBe(1)
    expect((await bytesOf(await storage.open('uploads/a'))).equals(bytes)).toBe(true)
  })

  test('does not take an object of the same length for a copy', async () => {
    await storage.put('temp/a', bodyOf(randomBytes(6 * MIB)))
    await storage.put('uploads/a', bodyOf(randomBytes(6 * MIB)))

    await expect(storage.copy('temp/a', 'uploads/a')).rejects.toThrow('objects are never overwritten')

    expect(copies()).toBe(0)
  })

  test('tells the server to replace nothing that appears meanwhile', async () => {
    await storage.put('temp/a', bodyOf(randomBytes(100)))

    await storage.copy('temp/a', 'uploads/a')

    const [copy] = proxy.requests.filter(({ headers }) => headers['x-amz-copy-source'] !== undefined)
    expect(copy?.headers['if-none-match']).toBe('*')
  })

  test('says that the source is missing when it went away on the way', async () => {
    await storage.put('temp/a', bodyOf(randomBytes(100)))
    const body = '<Error><Code>NoSuchKey</Code></Error>'
    proxy.rule = ({ headers }) => (headers['x-amz-copy-source'] ? { kind: 'answer', status: 404, body } : undefined)

    await expect(storage.copy('temp/a', 'uploads/a')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
  })

  test('in parts goes on where an earlier attempt stopped, and keeps every byte', async () => {
    const hash = createHash('sha256')
    const block = randomBytes(MIB)
    function* blocks() {
      for (let number = 0; number < 257; number++) {
        block.writeUInt32BE(number)
        hash.update(block)
        yield Buffer.from(block)
      }
    }
    await storage.put('temp/a b', Readable.from(blocks()))
    const large = createS3Bucket(bucket.options())
    const source = await large.head('temp/a b')
    if (!source) throw new Error('It was put.')
    const copy = { from: 'temp/a b', to: 'uploads/a', source }
    const refusal = { kind: 'answer', status: 500, body: s3ErrorBody('InternalError') } as const
    proxy.rule = ({ query }) => (query.get('partNumber') === '1' ? refusal : undefined)
    await expect(copyParts(large, copy)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    const left = await bucket.uploads()
    const second = { PartNumber: 2, CopySourceRange: `bytes=${256 * MIB}-${257 * MIB - 1}` }
    const target = { Bucket: bucket.name, Key: left[0]?.Key, UploadId: left[0]?.UploadId }
    const CopySource = `${bucket.name}/kept/temp/a%20b`
    await bucket.client.send(new UploadPartCopyCommand({ ...target, ...second, CopySource }))
    proxy.reset()

    await copyParts(large, copy)

    expect(left).toHaveLength(1)
    expect(copies()).toBe(1)
    expect(await bucket.uploads()).toEqual([])
    const read = createHash('sha256')
    const { size, body } = await storage.open('uploads/a')
    for await (const chunk of body as Readable) read.update(chunk)
    expect(size).toBe(257 * MIB)
    expect(read.digest('hex')).toBe(hash.digest('hex'))
    await storage.copy('temp/a b', 'uploads/a')
    expect(copies()).toBe(1)
    large.close()
  })
})
