import { randomBytes } from 'node:crypto'
import { describeStorage } from '../contracts/storage.contract.ts'
import { bodyOf, bytesOf, listAll } from '../support/objects.ts'
import { describeWithS3, TestBucket } from '../support/s3-tests.ts'

/** The test server keeps objects as files, so that not every key can be one. Those of the application all can. */
const NO_PATH = 'no file can have that name on the test server'

const ODD_KEYS = [
  '"../outside" (10 bytes)',
  '"temp/../../outside" (18 bytes)',
  '"/etc/passwd" (11 bytes)',
  '"a//b" (4 bytes)',
  '"a/./b" (5 bytes)',
  '"nul\\u0000inside" (10 bytes)',
  `"${'long/'.repeat(12)}" (1000 bytes)`,
  `"${'y'.repeat(60)}" (1024 bytes)`,
]

const SKIPPED = [
  ...ODD_KEYS.map((key) => ({ test: `may be ${key}`, reason: NO_PATH })),
  { test: 'that differ in case, form or length only are different objects', reason: NO_PATH },
  {
    test: 'tells key, size and time, of the prefix only',
    reason: 'a file is no folder on the test server, so that one key cannot begin with another',
  },
]

describeWithS3('S3', () => {
  const bucket = new TestBucket()

  beforeAll(() => bucket.make())

  afterAll(() => bucket.remove())

  for (const checksums of ['when_required', 'when_supported'] as const) {
    describeStorage({
      name: `in a bucket, checksums ${checksums}`,
      open: () => bucket.open({ checksums }),
      reopen: () => bucket.open({ checksums }),
      close: () => bucket.clear(),
      skip: SKIPPED,
    })
  }

  describe('the keys of a bucket', () => {
    afterEach(() => bucket.clear())

    test('are listed by prefix, with their size and time', async () => {
      const storage = await bucket.open()
      const before = Date.now()
      await storage.put('uploads/2024/a', bodyOf(randomBytes(7)))
      await storage.put('uploads/2025/a', bodyOf(randomBytes(8)))

      const objects = await listAll(storage, 'uploads/2024')

      expect(objects).toMatchObject([{ key: 'uploads/2024/a', size: 7 }])
      expect(Math.abs((objects[0]?.storedAt.getTime() ?? 0) - before)).toBeLessThan(60_000)
      expect(await listAll(storage, 'nothing')).toEqual([])
    })

    test('that differ in case, form or length only are different objects', async () => {
      const storage = await bucket.open()
      const stem = 'z'.repeat(200)
      const twins = ['k/Image.JPG', 'k/image.jpg', 'k/caf\u00e9', 'k/cafe\u0301', `k/${stem}`, `k/${stem}z`]

      for (const key of twins) await storage.put(key, bodyOf(Buffer.from(key)))

      for (const key of twins) expect((await bytesOf(await storage.open(key))).toString()).toBe(key)
      expect((await listAll(storage)).map(({ key }) => key).sort()).toEqual([...twins].sort())
    })

    test('are copied whatever characters they have', async () => {
      const storage = await bucket.open()
      const keys = ['a b+c%20d.jpg', "it's (1)*!~.png", '\u65e5\u672c\u8a9e \ud83d\ude42.gif', 'x=1&y=2?#;:@,$.txt']
      for (const key of keys) {
        await storage.put(`temp/${key}`, bodyOf(Buffer.from(key)))

        await storage.copy(`temp/${key}`, `uploads/${key}`)

        expect((await bytesOf(await storage.open(`uploads/${key}`))).toString()).toBe(key)
      }
    })

    test('begin with the prefix, and nothing outside of it is seen or touched', async () => {
      const storage = await bucket.open({ prefix: 'mine/' })
      const other = await bucket.open({ prefix: 'theirs/' })
      await other.put('temp/a', bodyOf(Buffer.from('theirs')))
      await storage.put('temp/b', bodyOf(Buffer.from('mine')))

      await storage.delete(['temp/a'])

      expect(await bucket.paths()).toEqual(['mine/temp/b', 'theirs/temp/a'])
      expect((await listAll(storage)).map(({ key }) => key)).toEqual(['temp/b'])
      await expect(storage.open('temp/a')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
    })

    test('need no prefix', async () => {
      const storage = await bucket.open({ prefix: '' })

      await storage.put('temp/a', bodyOf(Buffer.from('a')))
      await storage.copy('temp/a', 'uploads/a')

      expect(await bucket.paths()).toEqual(['temp/a', 'uploads/a'])
    })
  })
})
