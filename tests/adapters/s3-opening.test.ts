import { Readable } from 'node:stream'
import { DeleteBucketCommand } from '@aws-sdk/client-s3'
import type { S3Options } from '@keepsake/shared/adapters/s3/s3-client'
import { openS3Storage } from '@keepsake/shared/adapters/s3/s3-storage'
import { S3Proxy, s3ErrorBody } from '../support/s3-proxy.ts'
import { describeWithS3, TestBucket } from '../support/s3-tests.ts'

describeWithS3('opening a bucket', () => {
  const bucket = new TestBucket()
  const before = { ...process.env }
  let proxy: S3Proxy

  beforeAll(async () => {
    proxy = await bucket.makeBehindProxy()
  })

  afterEach(() => {
    proxy.reset()
    process.env = { ...before }
  })

  afterAll(() => bucket.remove())

  async function expectRefusal(options: S3Options, code: string, message: RegExp): Promise<void> {
    const opening = openS3Storage(options)
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    const error = await opening.catch((reason: Error) => reason)
    expect(String(error)).not.toContain(process.env.AWS_SECRET_ACCESS_KEY)
    expect(String(error)).not.toContain('\n')
  }

  test('that does not exist says how to make it', async () => {
    const options = bucket.options({ bucket: 'keepsake-never-made' })

    await expectRefusal(
      options,
      'CONFIG_INVALID',
      /^The bucket keepsake-never-made does not exist; make it with `npm run keepsake -- bucket setup`\.$/,
    )
  })

  test('with an unknown access key says so', async () => {
    process.env.AWS_ACCESS_KEY_ID = 'AKIDUNKNOWN'

    await expectRefusal(bucket.options(), 'CONFIG_INVALID', /^S3 refused the credentials \(InvalidAccessKeyId\)\.$/)
  })

  test('with a wrong secret says so, and not which', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'wrong-secret-of-this-test'

    await expectRefusal(bucket.options(), 'CONFIG_INVALID', /^S3 refused the credentials \(SignatureDoesNotMatch\)\.$/)
  })

  test.each([
    ['access key', 'AWS_ACCESS_KEY_ID'],
    ['session token', 'AWS_SESSION_TOKEN'],
  ])('with a line break in the %s says in which variable', async (_what, variable) => {
    process.env[variable] = 'AKID\nUNKNOWN'

    await expectRefusal(
      bucket.options(),
      'CONFIG_INVALID',
      new RegExp(`^${variable} has a character that no credential has; look for a line break at its end\\.$`),
    )
  })

  test('without credentials says which variables are missing', async () => {
    delete process.env.AWS_ACCESS_KEY_ID
    delete process.env.AWS_SECRET_ACCESS_KEY
    process.env.AWS_EC2_METADATA_DISABLED = 'true'

    await expect(openS3Storage(bucket.options())).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/^There are no credentials for S3; set AWS_ACCESS_KEY_ID and/),
    })
  })

  test('without a region says which variable is missing', async () => {
    delete process.env.AWS_REGION
    const { region: _, ...options } = bucket.options()

    await expectRefusal(options, 'CONFIG_INVALID', /^S3_REGION is missing/)
  })

  test('in another region says in which', async () => {
    proxy.rule = () => ({
      kind: 'answer',
      status: 400,
      body: '<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>',
    })

    await expectRefusal(bucket.options(), 'CONFIG_INVALID', /^S3_REGION is wrong.*eu-west-1/)
  })

  test('that may not be listed says so', async () => {
    proxy.rule = () => ({ kind: 'answer', status: 403, body: s3ErrorBody('AccessDenied') })

    await expectRefusal(bucket.options(), 'CONFIG_INVALID', /denies the access.*\(AccessDenied\)\.$/)
  })

  test('of a server that is out of reach or overloaded is unavailable', async () => {
    const nobody = await S3Proxy.start(proxy.endpoint)
    const { endpoint } = nobody
    await nobody.stop()
    await expectRefusal(bucket.options({ endpoint }), 'UNAVAILABLE', /ECONNREFUSED/)

    proxy.rule = () => ({ kind: 'answer', status: 503, body: s3ErrorBody('SlowDown') })
    await expectRefusal(bucket.options(), 'UNAVAILABLE', /SlowDown/)
  })

  test.each([
    { status: 507, name: 'SomethingNew' },
    { status: 503, name: 'XMinioStorageFull' },
    { status: 403, name: 'QuotaExceeded' },
  ])('of a server that has no room left says so (status $status)', async ({ status, name }) => {
    proxy.rule = () => ({ kind: 'answer', status, body: s3ErrorBody(name) })

    await expectRefusal(bucket.options(), 'STORAGE_FULL', /^S3 has no room left/)
  })

  test('works for an empty one, and as often as one likes', async () => {
    const storages = await Promise.all([bucket.open(), bucket.open()])

    for (const storage of storages) await storage.check()
  })

  test('that goes away later is an outage, never an object that is missing', async () => {
    const other = new TestBucket()
    await other.make()
    const storage = await other.open()
    await other.client.send(new DeleteBucketCommand({ Bucket: other.name }))

    const outage = { code: 'UNAVAILABLE' }
    await expect(storage.check()).rejects.toMatchObject(outage)
    await expect(storage.open('temp/a')).rejects.toMatchObject(outage)
    await expect(storage.size('temp/a')).rejects.toMatchObject(outage)
    await expect(storage.copy('temp/a', 'uploads/a')).rejects.toMatchObject(outage)
    await expect(storage.delete(['temp/a'])).rejects.toMatchObject(outage)
    await expect(storage.list('')).rejects.toMatchObject(outage)
    await expect(storage.clearStaging(new Date())).rejects.toMatchObject(outage)
    await expect(storage.put('temp/a', Readable.from([Buffer.from('a')]))).rejects.toMatchObject(outage)
    await storage.close()
    other.client.destroy()
  })
})
