import { randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Storage } from '@keepsake/shared/ports/storage'
import type { ListedObject, StorageUpkeep } from '@keepsake/shared/ports/storage-upkeep'
import { bodyOf, bytesOf, listAll } from '../support/objects.ts'

/** How the contract opens one kind of storage. */
export interface StorageHarness {
  readonly name: string
  /** An empty storage. */
  open(): Promise<Storage & StorageUpkeep>
  /** Another view of what the opened one holds, as a second process has. */
  reopen(): Promise<Storage & StorageUpkeep>
  /** Removes what `open` made. */
  close(): Promise<void>
  /** What this kind cannot do, and why. */
  readonly skip: readonly { readonly test: string; readonly reason: string }[]
}

const KIB = 1024
const MIB = 1024 * KIB

/** What every storage must do. */
export function describeStorage(harness: StorageHarness): void {
  describe(`the storage ${harness.name}`, () => {
    const skipped = new Map(harness.skip.map(({ test, reason }) => [test, reason]))
    let storage: Storage & StorageUpkeep

    beforeEach(async () => {
      storage = await harness.open()
    })

    afterEach(() => harness.close())

    /** A test, unless the harness skips it. */
    function promises(sentence: string, proof: () => Promise<void>): void {
      const reason = skipped.get(sentence)
      skipped.delete(sentence)
      if (reason === undefined) test(sentence, proof)
      else test.skip(`${sentence} (skipped: ${reason})`, proof)
    }

    async function put(key: string, bytes: Uint8Array = Buffer.from(key)): Promise<void> {
      await storage.put(key, bodyOf(bytes))
    }

    async function read(key: string): Promise<Buffer> {
      return bytesOf(await storage.open(key))
    }

    async function expectMissing(key: string): Promise<void> {
      await expect(storage.open(key)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
      expect(await listAll(storage)).toEqual([])
    }

    describe('put', () => {
      for (const size of [0, 1, 64 * KIB, 256 * KIB, 256 * KIB + 1, 6 * MIB + 7]) {
        promises(`keeps ${size} bytes as they came, for every process`, async () => {
          const bytes = randomBytes(size)

          await put('temp/a', bytes)

          expect((await read('temp/a')).equals(bytes)).toBe(true)
          expect(await storage.size('temp/a')).toBe(size)
          const other = await harness.reopen()
          const object = await other.open('temp/a')
          expect(object.size).toBe(size)
          expect((await bytesOf(object)).equals(bytes)).toBe(true)
        })
      }

      promises('keeps the bytes of a body that comes in pieces of any size', async () => {
        const bytes = randomBytes(3 * MIB)
        const pieces: Buffer[] = []
        for (let at = 0, step = 1; at < bytes.length; at += step, step = (step * 7) % 99_991) {
          pieces.push(bytes.subarray(at, at + step))
        }

        await storage.put('temp/a', Readable.from([Buffer.alloc(0), ...pieces]))

        expect((await read('temp/a')).equals(bytes)).toBe(true)
      })

      promises('shows nothing before the body has ended', async () => {
        const body = new PassThrough()
        const putting = storage.put('temp/a', body)
        body.write(randomBytes(MIB))
        await new Promise(setImmediate)

        await expectMissing('temp/a')

        body.end()
        await putting
        expect(await storage.size('temp/a')).toBe(MIB)
      })

      promises('fails for a key that is there, and keeps its bytes', async () => {
        await put('temp/a', Buffer.from('first'))

        await expect(put('temp/a', Buffer.from('second'))).rejects.toThrow()

        expect((await read('temp/a')).toString()).toBe('first')
      })

      promises('lets one of several win that put one key at once', async () => {
        const bodies = Array.from({ length: 8 }, () => randomBytes(300 * KIB))

        const puts = await Promise.allSettled(bodies.map((bytes) => put('temp/a', bytes)))

        const won = bodies.filter((_, index) => puts[index]?.status === 'fulfilled')
        expect(won).toHaveLength(1)
        expect((await read('temp/a')).equals(won[0] ?? Buffer.alloc(0))).toBe(true)
      })

      promises('shows every chunk to the inspector, in order', async () => {
        const bytes = randomBytes(MIB)
        const seen: Buffer[] = []

        await storage.put('temp/a', bodyOf(bytes), { inspect: (chunk) => seen.push(Buffer.from(chunk)), size: MIB })

        expect(Buffer.concat(seen).equals(bytes)).toBe(true)
      })

      promises('ends with the error of the inspector, and keeps nothing', async () => {
        const refusal = new Error('Too large.')
        const body = bodyOf(randomBytes(2 * MIB))
        let left = 700 * KIB
        const inspect = (chunk: Buffer) => {
          left -= chunk.length
          if (left < 0) throw refusal
        }

        await expect(storage.put('temp/a', body, { inspect })).rejects.toBe(refusal)

        expect(body.destroyed).toBe(true)
        await expectMissing('temp/a')
      })

      promises('asks for acceptance after the last byte, and keeps nothing without it', async () => {
        const seen: string[] = []
        const options = {
          inspect: (chunk: Buffer) => void seen.push(chunk.toString()),
          accept: async () => {
            seen.push('asked')
            throw new Error('refused on purpose')
          },
        }

        const body = Readable.from([Buffer.from('one'), Buffer.from('two')])
        await expect(storage.put('temp/a', body, options)).rejects.toThrow('refused on purpose')

        expect(seen).toEqual(['one', 'two', 'asked'])
        await expectMissing('temp/a')
      })

      promises('ends with the reason of its signal, and keeps nothing', async () => {
        const reason = new Error('Too slow.')
        const abort = new AbortController()
        const body = new PassThrough()
        const putting = storage.put('temp/a', body, { signal: abort.signal })
        body.write(randomBytes(MIB))
        setImmediate(() => abort.abort(reason))

        await expect(putting).rejects.toBe(reason)

        expect(body.destroyed).toBe(true)
        await expectMissing('temp/a')
      })

      promises('does not begin when its signal was aborted before', async () => {
        const reason = new Error('Too late.')
        const body = bodyOf(randomBytes(10))

        await expect(storage.put('temp/a', body, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)

        expect(body.destroyed).toBe(true)
        await expectMissing('temp/a')
      })

      promises('ends with the error of the body, and keeps nothing', async () => {
        const failure = new Error('The line broke.')
        const body = new PassThrough()
        const putting = storage.put('temp/a', body)
        body.write(randomBytes(MIB))
        setImmediate(() => body.destroy(failure))

        await expect(putting).rejects.toBe(failure)

        await expectMissing('temp/a')
      })

      promises('fails when the body is destroyed before its end', async () => {
        const body = new PassThrough()
        const putting = storage.put('temp/a', body)
        body.write(randomBytes(MIB))
        setImmediate(() => body.destroy())

        await expect(putting).rejects.toThrow()

        await expectMissing('temp/a')
      })

      promises('fails for a body that was destroyed or read before', async () => {
        const destroyed = bodyOf(randomBytes(10)).destroy()
        const failed = bodyOf(randomBytes(10)).on('error', () => undefined)
        failed.destroy(new Error('The line broke.'))
        const spent = bodyOf(randomBytes(10))
        await buffer(spent)

        await expect(storage.put('temp/a', destroyed)).rejects.toThrow()
        await expect(storage.put('temp/a', failed)).rejects.toThrow()
        await expect(storage.put('temp/a', spent)).rejects.toThrow()

        await expectMissing('temp/a')
      })

      promises('fails for a body of another size than announced, and keeps nothing', async () => {
        await expect(storage.put('temp/a', bodyOf(randomBytes(10)), { size: 11 })).rejects.toThrow()
        await expect(storage.put('temp/a', bodyOf(randomBytes(10)), { size: 9 })).rejects.toThrow()
        await expect(storage.put('temp/a', bodyOf(randomBytes(1)), { size: 0 })).rejects.toThrow()

        await expectMissing('temp/a')
      })

      promises('takes the key after a put that failed', async () => {
        const broken = bodyOf(randomBytes(10))
        await expect(storage.put('temp/a', broken, { size: 11 })).rejects.toThrow()

        await put('temp/a', Buffer.from('whole'))

        expect((await read('temp/a')).toString()).toBe('whole')
      })
    })

    describe('open', () => {
      promises('throws OBJECT_NOT_FOUND for a key without an object', async () => {
        await put('temp/a')

        await expect(storage.open('temp')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
        await expect(storage.open('temp/')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
        await expect(storage.open('temp/a/')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
        await expect(storage.size('temp/b')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
      })

      const size = MIB
      const ranges = [
        { start: 0, end: 0 },
        { start: size - 1, end: size - 1 },
        { start: 1000, end: 1999 },
        { start: 0, end: 256 * KIB - 1 },
        { start: 3, end: 256 * KIB + 3 },
        { start: 1, end: size - 2 },
        { start: 0, end: size - 1 },
      ]
      for (const range of ranges) {
        promises(`gives the bytes ${range.start} to ${range.end}, and the size of all`, async () => {
          const bytes = randomBytes(size)
          await put('temp/a', bytes)

          const part = await storage.open('temp/a', range)

          expect(part.size).toBe(size)
          expect((await bytesOf(part)).equals(bytes.subarray(range.start, range.end + 1))).toBe(true)
        })
      }

      promises('serves many readers of one object at once', async () => {
        const bytes = randomBytes(MIB)
        await put('temp/a', bytes)

        const copies = await Promise.all(Array.from({ length: 20 }, () => read('temp/a')))

        expect(copies.every((copy) => copy.equals(bytes))).toBe(true)
      })
    })

    describe('copy', () => {
      promises('makes a second object that outlives the first', async () => {
        const bytes = randomBytes(MIB)
        await put('temp/a', bytes)

        await storage.copy('temp/a', 'uploads/a')
        expect((await read('temp/a')).equals(bytes)).toBe(true)
        await storage.delete(['temp/a'])

        const other = await harness.reopen()
        expect((await bytesOf(await other.open('uploads/a'))).equals(bytes)).toBe(true)
        await expect(other.open('temp/a')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
      })

      promises('may be repeated, also at once and by several processes', async () => {
        await put('temp/a')
        const other = await harness.reopen()

        const copies = Array.from({ length: 30 }, (_, index) =>
          (index % 2 ? storage : other).copy('temp/a', 'uploads/a'),
        )
        await Promise.all(copies)
        await storage.copy('temp/a', 'uploads/a')

        expect((await read('uploads/a')).toString()).toBe('temp/a')
        expect(keysOf(await listAll(storage))).toEqual(['temp/a', 'uploads/a'])
      })

      promises('throws OBJECT_NOT_FOUND without a source, whether there is a target or not', async () => {
        await put('uploads/old')

        await expect(storage.copy('temp/a', 'uploads/new')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
        await expect(storage.copy('temp/a', 'uploads/old')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })

        expect(keysOf(await listAll(storage))).toEqual(['uploads/old'])
      })

      promises('succeeds onto an object of the same bytes', async () => {
        const bytes = randomBytes(300 * KIB)
        await put('temp/a', bytes)
        await put('uploads/a', bytes)

        await storage.copy('temp/a', 'uploads/a')

        expect((await read('uploads/a')).equals(bytes)).toBe(true)
      })

      promises('fails onto an object of other bytes, and keeps those', async () => {
        await put('temp/a', Buffer.from('first'))
        await put('uploads/a', Buffer.from('other'))

        await expect(storage.copy('temp/a', 'uploads/a')).rejects.toThrow()

        expect((await read('uploads/a')).toString()).toBe('other')
      })
    })

    describe('delete', () => {
      promises('removes the objects named and no other', async () => {
        await put('temp/a')
        await put('temp/ab')
        await put('temp/b')

        await storage.delete(['temp/a', 'temp/b'])

        expect(keysOf(await listAll(await harness.reopen()))).toEqual(['temp/ab'])
      })

      promises('succeeds for what is not there', async () => {
        await put('temp/a')

        await storage.delete([])
        await storage.delete(['temp/a', 'temp/never', 'temp/a'])
        await storage.delete(['temp/a'])

        await expectMissing('temp/a')
      })

      promises('may be repeated at once', async () => {
        await put('temp/a')

        await Promise.all(Array.from({ length: 10 }, () => storage.delete(['temp/a'])))

        await expectMissing('temp/a')
      })
    })

    describe('list', () => {
      promises('gives every object once, over pages of at most 1,000', async () => {
        await put('temp/other', randomBytes(5))
        const expected = Array.from({ length: 1100 }, (_, index) => `uploads/${index}`)
        for (let done = 0; done < expected.length; done += 50) {
          await Promise.all(expected.slice(done, done + 50).map((key) => put(key, Buffer.from('x'))))
        }

        const page = await storage.list('uploads/')
        expect(page.objects).toHaveLength(1000)
        expect(page.cursor).toBeDefined()
        expect(keysOf(await listAll(storage, 'uploads/'))).toEqual(expected.sort())

        await storage.delete(expected.slice(0, 1000))
        expect(keysOf(await listAll(storage, 'uploads/'))).toEqual(expected.slice(1000).sort())
      })

      promises('tells key, size and time, of the prefix only', async () => {
        const before = Date.now()
        await put('uploads/2024/a', randomBytes(7))
        await put('uploads/2025/a', randomBytes(8))
        await put('uploads', randomBytes(9))

        const objects = await listAll(storage, 'uploads/2024')

        expect(objects).toMatchObject([{ key: 'uploads/2024/a', size: 7 }])
        expect(Math.abs((objects[0]?.storedAt.getTime() ?? 0) - before)).toBeLessThan(60_000)
        expect(await listAll(storage, 'nothing')).toEqual([])
      })
    })

    describe('keys', () => {
      const keys = [
        '.keepsake',
        'uploads/2024/01/15/image.jpg',
        '../outside',
        'temp/../../outside',
        '/etc/passwd',
        'a//b',
        'a/./b',
        'a\\b:c*d?"e<f>|',
        ' blank ',
        '%2e%2e%2f',
        'nul\0inside',
        'line\nbreak',
        'naïve/日本語/🙂.png',
        'nai\u0308ve',
        'CON',
        `uploads/2024/01/15/${'x'.repeat(200)}`,
        `uploads/2024/01/15/${'é'.repeat(100)}`,
        'long/'.repeat(200),
        'y'.repeat(1024),
      ]
      for (const key of keys) {
        promises(`may be ${JSON.stringify(key.slice(0, 60))} (${Buffer.byteLength(key)} bytes)`, async () => {
          const bytes = randomBytes(10)
          await put('temp/a', bytes)

          await storage.copy('temp/a', key)
          expect((await read(key)).equals(bytes)).toBe(true)
          expect(keysOf(await listAll(storage, key))).toEqual([key])
          await storage.delete([key])
          await expect(storage.open(key)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })

          await put(key, bytes)
          await expect(put(key, bytes)).rejects.toThrow()
          expect((await read(key)).equals(bytes)).toBe(true)
          await storage.delete([key])
          expect(keysOf(await listAll(storage))).toEqual(['temp/a'])
        })
      }

      promises('that differ in case, form or length only are different objects', async () => {
        const twins = [
          'k/Image.JPG',
          'k/image.jpg',
          'k/café',
          'k/cafe\u0301',
          `k/${'z'.repeat(300)}`,
          `k/${'z'.repeat(301)}`,
        ]

        for (const key of twins) await put(key)

        for (const key of twins) expect((await read(key)).toString()).toBe(key)
        expect(keysOf(await listAll(storage))).toEqual([...twins].sort())
        await storage.delete(['k/Image.JPG', 'k/café'])
        expect((await read('k/image.jpg')).toString()).toBe('k/image.jpg')
        expect((await read('k/cafe\u0301')).toString()).toBe('k/cafe\u0301')
      })
    })

    describe('the rest', () => {
      promises('clearing staging touches no object and no put that goes on', async () => {
        await put('temp/a')
        const body = new PassThrough()
        const putting = storage.put('temp/b', body)
        body.write(randomBytes(MIB))
        await new Promise(setImmediate)

        expect(await (await harness.reopen()).clearStaging(new Date(Date.now() - 60_000))).toBe(0)

        body.end()
        await putting
        expect(keysOf(await listAll(storage))).toEqual(['temp/a', 'temp/b'])
      })

      promises('a check of a storage that works succeeds', async () => {
        await expect(storage.check()).resolves.toBeUndefined()
      })
    })

    test('skips only what the contract names', () => {
      expect([...skipped.keys()]).toEqual([])
    })
  })
}

function keysOf(objects: readonly ListedObject[]): string[] {
  return objects.map(({ key }) => key).sort()
}
