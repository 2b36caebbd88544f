import { randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { ListPartsCommand, type MultipartUpload } from '@aws-sdk/client-s3'
import type { S3Storage } from '@keepsake/shared/adapters/s3/s3-storage'
import { bodyOf, bytesOf } from '../support/objects.ts'
import { type S3Proxy, s3ErrorBody } from '../support/s3-proxy.ts'
import { describeWithS3, MIB, TestBucket } from '../support/s3-tests.ts'

describeWithS3('putting into a bucket', () => {
  const bucket = new TestBucket()
  let proxy: S3Proxy
  let storage: S3Storage

  beforeAll(async () => {
    proxy = await bucket.makeBehindProxy()
  })

  afterEach(() => bucket.clear())

  afterAll(() => bucket.remove())

  /** The commands that stored something, without the looks around them. */
  function writes(): string[] {
    return proxy.requests
      .filter(({ method }) => method === 'PUT' || method === 'POST')
      .map(({ method, query }) => [method, ...[...query.keys()].filter((name) => name !== 'x-id')].join(' '))
  }

  /** How many parts of `uploads` have arrived. */
  async function partsOf(uploads: readonly MultipartUpload[]): Promise<number> {
    const commands = uploads.map(({ Key, UploadId }) => new ListPartsCommand({ Bucket: bucket.name, Key, UploadId }))
    const answers = await Promise.all(commands.map((command) => bucket.client.send(command)))
    return answers.flatMap(({ Parts = [] }) => Parts).length
  }

  async function expectNothing(): Promise<void> {
    expect(await bucket.paths()).toEqual([])
    expect(await bucket.uploads()).toEqual([])
  }

  for (const checksums of ['when_required', 'when_supported'] as const) {
    describe(`with checksums ${checksums}`, () => {
      beforeEach(async () => {
        storage = await bucket.open({ checksums })
      })

      const ways = [
        { what: 'a small body', length: MIB, isKnown: true, commands: ['PUT'] },
        { what: 'a body that fits into one part', length: 5 * MIB, isKnown: false, commands: ['PUT'] },
        {
          ...{ what: 'a body of known length that does not', length: 12 * MIB, isKnown: true },
          commands: ['POST uploads', ...Array(3).fill('PUT partNumber uploadId'), 'POST uploadId'],
        },
        {
          ...{ what: 'a body of unknown length that does not', length: 10 * MIB + 1, isKnown: false },
          commands: ['POST uploads', ...Array(3).fill('PUT partNumber uploadId'), 'POST uploadId'],
        },
      ]
      for (const { what, length, isKnown, commands } of ways) {
        const known = isKnown ? { size: length } : {}

        test(`sends ${what} in ${commands.length} requests`, async () => {
          const bytes = randomBytes(length)

          await storage.put('temp/a', bodyOf(bytes), known)

          expect(writes()).toEqual(commands)
          expect((await bytesOf(await storage.open('temp/a'))).equals(bytes)).toBe(true)
          expect(await bucket.uploads()).toEqual([])
        })

        test(`shows nothing of ${what} before it is accepted, and nothing ever if it is not`, async () => {
          let seen: string[] | undefined
          const accept = async () => {
            await turn()
            seen = await bucket.paths()
            throw new Error('refused on purpose')
          }

          const putting = storage.put('temp/a', bodyOf(randomBytes(length)), { ...known, accept })

          await expect(putting).rejects.toThrow('refused on purpose')
          expect(seen).toEqual([])
          await expectNothing()
        })

        test(`fails for ${what} when the key has an object, and keeps that`, async () => {
          await storage.put('temp/a', bodyOf(Buffer.from('first')))

          // The server hangs up on what it refuses while that is being sent: then the reason may not arrive.
          await expect(storage.put('temp/a', bodyOf(randomBytes(length)), known)).rejects.toThrow()

          expect((await bytesOf(await storage.open('temp/a'))).toString()).toBe('first')
          expect(await bucket.uploads()).toEqual([])
        })

        test(`ends for ${what} with the reason of the signal, or the error of the body or the inspector`, async () => {
          const reason = new Error('Too slow.')
          const half = randomBytes(Math.floor(length / 2))

          const abort = new AbortController()
          const slow = new PassThrough()
          const aborted = storage.put('temp/a', slow, { ...known, signal: abort.signal })
          slow.write(half)
          setImmediate(() => abort.abort(reason))
          await expect(aborted).rejects.toBe(reason)
          expect(slow.destroyed).toBe(true)

          const broken = new PassThrough()
          const failing = storage.put('temp/a', broken, known)
          broken.write(half)
          setImmediate(() => broken.destroy(reason))
          await expect(failing).rejects.toBe(reason)

          const cut = new PassThrough()
          const ending = storage.put('temp/a', cut, known)
          cut.write(half)
          setImmediate(() => cut.destroy())
          await expect(ending).rejects.toThrow()

          let left = length - 1
          const inspect = (chunk: Buffer) => {
            left -= chunk.length
            if (left < 0) throw reason
          }
          const refused = bodyOf(randomBytes(length))
          await expect(storage.put('temp/a', refused, { ...known, inspect })).rejects.toBe(reason)
          expect(refused.destroyed).toBe(true)

          await expectNothing()
        })
      }

      test('fails for a large body of another length than announced', async () => {
        const size = 7 * MIB
        await expect(storage.put('temp/a', bodyOf(randomBytes(size - 1)), { size })).rejects.toThrow('announced')
        await expect(storage.put('temp/a', bodyOf(randomBytes(size + 1)), { size })).rejects.toThrow('announced')
        await expect(storage.put('temp/a', bodyOf(randomBytes(size)).destroy(), { size })).rejects.toThrow()
        await expect(
          storage.put('temp/a', bodyOf(randomBytes(size)), { size, signal: AbortSignal.abort(new Error('No.')) }),
        ).rejects.toThrow('No.')

        await expectNothing()
      })

      test('takes a large body in tiny pieces', async () => {
        const bytes = randomBytes(MIB + 100)
        const pieces = Array.from({ length: Math.ceil(bytes.length / 999) }, (_, index) =>
          bytes.subarray(index * 999, (index + 1) * 999),
        )

        await storage.put('temp/a', Readable.from(pieces), { size: bytes.length })

        expect((await bytesOf(await storage.open('temp/a'))).equals(bytes)).toBe(true)
      })
    })
  }

  test('lets one of several large bodies win that are put under one key at once', async () => {
    storage = await bucket.open()
    const bodies = Array.from({ length: 6 }, () => randomBytes(6 * MIB))

    const puts = await Promise.allSettled(
      bodies.map((bytes, index) => storage.put('temp/a', bodyOf(bytes), index % 2 ? {} : { size: bytes.length })),
    )

    const won = bodies.filter((_, index) => puts[index]?.status === 'fulfilled')
    expect(won).toHaveLength(1)
    expect((await bytesOf(await storage.open('temp/a'))).equals(won[0] ?? Buffer.alloc(0))).toBe(true)
    expect(await bucket.uploads()).toEqual([])
  })

  const key = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
  test.each([
    ['AES256', { algorithm: 'AES256' }],
    ['aws:kms:dsse', { algorithm: 'aws:kms:dsse' }],
    [key, { algorithm: 'aws:kms', key }],
  ])('asks for the encryption %s and a storage class, for large bodies and copies too', async (sse, encryption) => {
    storage = await bucket.open({ storageClass: 'STANDARD', sse })

    await storage.put('temp/a', bodyOf(randomBytes(10)))
    await storage.put('temp/b', bodyOf(randomBytes(6 * MIB)))
    await storage.copy('temp/a', 'uploads/a')

    const asked = proxy.requests.flatMap(({ headers }) => {
      const algorithm = headers['x-amz-server-side-encryption']
      const storageClass = headers['x-amz-storage-class']
      return algorithm ? [{ algorithm, key: headers['x-amz-server-side-encryption-aws-kms-key-id'], storageClass }] : []
    })
    expect(asked).toEqual(Array(3).fill({ ...encryption, storageClass: 'STANDARD' }))
  })

  test('goes on without conditions where the server knows none, and still replaces nothing', async () => {
    storage = await bucket.open()
    proxy.rule = ({ headers }) =>
      headers['if-none-match'] ? { kind: 'answer', status: 501, body: s3ErrorBody('NotImplemented') } : undefined

    await storage.put('temp/a', bodyOf(Buffer.from('first')))
    await expect(storage.put('temp/a', bodyOf(Buffer.from('second')))).rejects.toThrow('has an object already')
    await expect(storage.put('temp/a', bodyOf(randomBytes(2 * MIB)), { size: 2 * MIB })).rejects.toThrow('already')
    await expect(storage.put('temp/a', bodyOf(randomBytes(6 * MIB)))).rejects.toThrow('already')

    expect((await bytesOf(await storage.open('temp/a'))).toString()).toBe('first')
    expect(await bucket.uploads()).toEqual([])
  })

  test('clearing staging aborts uploads that were begun before, and spares the prefix of others', async () => {
    storage = await bucket.open()
    const other = await bucket.open({ prefix: 'theirs/' })
    const bodies = [new PassThrough(), new PassThrough()]
    const puts = [
      storage.put('temp/a', bodies[0] ?? new PassThrough()),
      other.put('temp/b', bodies[1] ?? new PassThrough()),
    ]
    for (const body of bodies) body.write(randomBytes(6 * MIB))
    // The test server lets an upload go on that is aborted while a part arrives.
    while ((await partsOf(await bucket.uploads())) < 2) await turn()

    expect(await storage.clearStaging(new Date(Date.now() - 60_000))).toBe(0)
    expect(await storage.clearStaging(new Date(Date.now() + 60_000))).toBe(1)

    for (const body of bodies) body.end()
    await expect(puts[0]).rejects.toThrow()
    await puts[1]
    expect(await bucket.paths()).toEqual(['theirs/temp/b'])
  })
})
