import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { createS3Bucket } from '@keepsake/shared/adapters/s3/s3-bucket'
import { S3Storage } from '@keepsake/shared/adapters/s3/s3-storage'
import { bodyOf, bytesOf } from '../support/objects.ts'
import { type Fault, type ProxiedRequest, type S3Proxy, s3ErrorBody } from '../support/s3-proxy.ts'
import { describeWithS3, MIB, TestBucket } from '../support/s3-tests.ts'

/** What a client waits at most for a small answer, in milliseconds. */
const BOUND = 15_000

const OUTAGE = { code: 'UNAVAILABLE' }

const SLOW_DOWN: Fault = { kind: 'answer', status: 503, body: s3ErrorBody('SlowDown') }

const isPut = ({ method }: ProxiedRequest) => method === 'PUT'
const isCopy = ({ headers }: ProxiedRequest) => headers['x-amz-copy-source'] !== undefined
const isGet = ({ method }: ProxiedRequest) => method === 'GET'
const isPart = ({ method, query }: ProxiedRequest) => method === 'PUT' && query.has('partNumber')
const isComplete = ({ method, query }: ProxiedRequest) => method === 'POST' && query.has('uploadId')

describeWithS3('a bucket that fails', () => {
  const bucket = new TestBucket()
  let proxy: S3Proxy
  let storage: S3Storage

  beforeAll(async () => {
    proxy = await bucket.makeBehindProxy()
  })

  beforeEach(async () => {
    storage = await bucket.open()
    await storage.put('temp/there', bodyOf(randomBytes(MIB)))
    await storage.put('temp/small', bodyOf(randomBytes(1000)))
  })

  afterEach(async () => {
    await bucket.clear()
    // Nothing that failed may hold on to its connection.
    expect(await proxy.settle()).toBe(0)
  })

  afterAll(() => bucket.remove())

  /** Every verb once, each on objects of its own. */
  function everything(): Record<string, () => Promise<unknown>> {
    return {
      'put a small body': () => storage.put('temp/new', bodyOf(randomBytes(1000))),
      'put a large body': () => storage.put('temp/large', bodyOf(randomBytes(11 * MIB))),
      open: async () => bytesOf(await storage.open('temp/there')),
      'open a small object': () => storage.open('temp/small'),
      size: () => storage.size('temp/there'),
      copy: () => storage.copy('temp/there', 'uploads/there'),
      delete: () => storage.delete(['temp/gone']),
      list: () => storage.list(''),
      clearStaging: () => storage.clearStaging(new Date(0)),
      check: () => storage.check(),
    }
  }

  /** Nothing but what was there before, and whole. */
  async function expectUnchanged(): Promise<void> {
    expect(await bucket.paths()).toEqual(['kept/temp/small', 'kept/temp/there'])
    expect(await bucket.uploads()).toEqual([])
  }

  const passing: Record<string, Fault> = {
    'an internal error': { kind: 'answer', status: 500, body: s3ErrorBody('InternalError') },
    'a plea to slow down': SLOW_DOWN,
    'a refusal before all was sent': { kind: 'refuse', status: 503, body: s3ErrorBody('SlowDown') },
    'an answer of a proxy': { kind: 'answer', status: 502, body: '<html>Bad Gateway</html>' },
    'a connection that breaks': { kind: 'lose answer' },
  }
  for (const [what, fault] of Object.entries(passing)) {
    test(`is asked again after ${what}, whatever was asked`, async () => {
      const seen = new Set<string>()
      // The first of every kind of request goes wrong.
      proxy.rule = ({ method, path, query }) => {
        const kind = [method, path, ...query.keys(), query.get('max-keys')].join(' ')
        const isFirst = !seen.has(kind)
        seen.add(kind)
        return isFirst ? fault : undefined
      }

      const acts = await Promise.allSettled(Object.values(everything()).map((act) => act()))

      proxy.reset()
      expect(acts.map(({ status }) => status)).toEqual(acts.map(() => 'fulfilled'))
      expect((await bucket.paths()).sort()).toEqual(
        ['temp/large', 'temp/new', 'temp/small', 'temp/there', 'uploads/there'].map((key) => `kept/${key}`),
      )
      // The answer that was lost may have been the one that told the id of an upload.
      expect((await bucket.uploads()).length).toBeLessThanOrEqual(fault.kind === 'lose answer' ? 1 : 0)
    })
  }

  test('that does not recover is unavailable for every verb, soon, and nothing stays', async () => {
    const verbs = Object.values(everything())
    proxy.rule = () => SLOW_DOWN
    const started = Date.now()

    const acts = await Promise.allSettled(verbs.map((act) => act()))

    expect(Date.now() - started).toBeLessThan(BOUND)
    for (const act of acts) expect(act).toMatchObject({ status: 'rejected', reason: OUTAGE })
    await expectUnchanged()
  })

  test('that stalls is unavailable for every verb within a bound, and is left at once', async () => {
    const verbs = Object.values(everything())
    proxy.rule = () => ({ kind: 'stall' })
    const started = Date.now()

    const acts = await Promise.allSettled(verbs.map((act) => act()))

    expect(Date.now() - started).toBeLessThan(BOUND)
    for (const act of acts) expect(act).toMatchObject({ status: 'rejected', reason: OUTAGE })
    expect(await proxy.settle()).toBe(0)
    await expectUnchanged()
  })

  test('that denies access at run time is unavailable, and tells the word of S3 in the cause alone', async () => {
    proxy.rule = () => ({ kind: 'answer', status: 403, body: s3ErrorBody('AccessDenied') })

    await expect(storage.open('temp/there')).rejects.toMatchObject({
      ...OUTAGE,
      message: expect.not.stringContaining('AccessDenied'),
      cause: { name: 'AccessDenied' },
    })
    await expect(storage.put('temp/a', bodyOf(randomBytes(1)))).rejects.toMatchObject(OUTAGE)
    await expect(storage.size('temp/there')).rejects.toMatchObject(OUTAGE)
  })

  test('that has no room says so', async () => {
    for (const fault of [
      { kind: 'answer', status: 403, body: s3ErrorBody('QuotaExceeded') },
      { kind: 'answer', status: 507, body: s3ErrorBody('XMinioStorageFull') },
      { kind: 'answer', status: 507, body: '' },
    ] as const) {
      proxy.rule = (request) => (isPut(request) ? fault : undefined)
      await expect(storage.put('temp/a', bodyOf(randomBytes(1)))).rejects.toMatchObject({ code: 'STORAGE_FULL' })
      await expect(storage.put('temp/b', bodyOf(randomBytes(6 * MIB)))).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    }

    await expectUnchanged()
  })

  describe('while an object is put', () => {
    const sizes = { small: 1000, large: 11 * MIB }

    test('keeps nothing of what arrived by half, every time', async () => {
      for (const size of Object.values(sizes)) {
        proxy.fail(100, { kind: 'reset request' }, isPut)

        await expect(storage.put('temp/a', bodyOf(randomBytes(size)), { size })).rejects.toMatchObject(OUTAGE)
        await expect(storage.put('temp/b', bodyOf(randomBytes(3 * MIB)))).rejects.toMatchObject(OUTAGE)
      }

      proxy.reset()
      await sleep(200)
      await expectUnchanged()
    })

    test('is sent again what arrived by half', async () => {
      for (const [key, size] of Object.entries(sizes)) {
        const bytes = randomBytes(size)
        proxy.fail(1, { kind: 'reset request' }, isPut)

        await storage.put(key, bodyOf(bytes))

        expect((await bytesOf(await storage.open(key))).equals(bytes)).toBe(true)
      }
    })

    test('and says in a body of status 200 that it did not put the parts together', async () => {
      for (const body of [s3ErrorBody('InternalError'), s3ErrorBody('InternalError').trim(), '']) {
        proxy.fail(100, { kind: 'answer', status: 200, body }, isComplete)

        await expect(storage.put('temp/a', bodyOf(randomBytes(6 * MIB)))).rejects.toMatchObject(OUTAGE)
        await expectUnchanged()
      }
    })

    test('and answers with success to what it did not store', async () => {
      proxy.fail(1, { kind: 'answer', status: 200 }, isPut)
      await expect(storage.put('temp/a', bodyOf(randomBytes(1000)))).rejects.toMatchObject(OUTAGE)

      proxy.fail(1, { kind: 'answer', status: 200 }, isPart)
      await expect(storage.put('temp/a', bodyOf(randomBytes(6 * MIB)))).rejects.toMatchObject(OUTAGE)

      const done = '<CompleteMultipartUploadResult><ETag>"x-2"</ETag></CompleteMultipartUploadResult>'
      proxy.fail(1, { kind: 'answer', status: 200, body: done }, isComplete)
      await expect(storage.put('temp/a', bodyOf(randomBytes(6 * MIB)))).rejects.toMatchObject(OUTAGE)
      await expectUnchanged()
    })

    test('and forgets the upload that it completed before its answer was lost', async () => {
      const bytes = randomBytes(6 * MIB)
      let completions = 0
      proxy.rule = (request) => {
        if (!isComplete(request)) return undefined
        if (completions++ === 0) return { kind: 'lose answer' }
        return { kind: 'answer', status: 404, body: s3ErrorBody('NoSuchUpload') }
      }

      await storage.put('temp/a', bodyOf(bytes))

      expect(completions).toBe(2)
      expect((await bytesOf(await storage.open('temp/a'))).equals(bytes)).toBe(true)
    })

    test('and forgets the upload before it was completed, has nothing', async () => {
      proxy.rule = (request) =>
        isComplete(request) ? { kind: 'answer', status: 404, body: s3ErrorBody('NoSuchUpload') } : undefined

      await expect(storage.put('temp/a', bodyOf(randomBytes(6 * MIB)))).rejects.toThrow()

      await expectUnchanged()
    })

    test('and refuses it while it is being sent, is sent no more of it', async () => {
      const body = s3ErrorBody('InvalidArgument')
      let received = 0
      const sockets: Socket[] = []
      const server = createServer((socket) => {
        sockets.push(socket.on('error', () => undefined))
        socket.on('data', (chunk) => {
          received += chunk.length
          if (received > chunk.length) return
          socket.pause().write(`HTTP/1.1 400 Bad Request\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
        })
      })
      await once(server.listen(0, '127.0.0.1'), 'listening')
      const { port } = server.address() as AddressInfo
      const options = bucket.options({ endpoint: `http://127.0.0.1:${port}` })
      const refusing = new S3Storage(createS3Bucket(options))

      await expect(refusing.put('temp/a', bodyOf(randomBytes(5 * MIB)))).rejects.toThrow()

      await Promise.all(sockets.map((socket) => once(socket.resume(), 'close')))
      expect(sockets).toHaveLength(1)
      expect(received).toBeLessThan(5 * MIB)
      await refusing.close()
      server.close()
    })

    test('takes no more of the body than one part', async () => {
      let taken = 0
      function* pieces() {
        for (; taken < 50 * MIB; taken += 64 * 1024) yield Buffer.alloc(64 * 1024)
      }
      let takenAtPart = 0
      proxy.rule = (request) => {
        if (!isPart(request)) return undefined
        takenAtPart ||= taken
        return { kind: 'answer', status: 500, body: s3ErrorBody('InternalError') }
      }

      await expect(storage.put('temp/a', Readable.from(pieces()))).rejects.toMatchObject(OUTAGE)

      expect(takenAtPart).toBeLessThanOrEqual(5.25 * MIB)
      expect(taken).toBeLessThanOrEqual(5.25 * MIB)
    })

    test('ends at once with the reason of the signal', async () => {
      for (const [size, isMeant] of [
        [1000, isPut],
        [6 * MIB, isPart],
        [6 * MIB, isComplete],
      ] as const) {
        const abort = new AbortController()
        const reason = new Error('Too slow.')
        proxy.rule = (request) => {
          if (!isMeant(request)) return undefined
          setImmediate(() => abort.abort(reason))
          return { kind: 'stall' }
        }
        const started = Date.now()

        await expect(storage.put('temp/a', bodyOf(randomBytes(size)), { signal: abort.signal })).rejects.toBe(reason)

        expect(Date.now() - started).toBeLessThan(1000)
      }
      await expectUnchanged()
    })
  })

  describe('while an object is opened', () => {
    test('never lets it end short', async () => {
      proxy.fail(1, { kind: 'reset answer' }, isGet)
      const { size, body } = await storage.open('temp/there')
      expect(size).toBe(MIB)
      await expect(bytesOf({ size, body })).rejects.toMatchObject(OUTAGE)

      proxy.fail(1, { kind: 'reset answer' }, isGet)
      await expect(storage.open('temp/small')).rejects.toMatchObject(OUTAGE)
    })

    test('gives up on small answers that do not come whole', async () => {
      proxy.rule = (request) => (isGet(request) ? { kind: 'stall answer' } : undefined)
      const started = Date.now()

      const acts = await Promise.allSettled([storage.open('temp/small'), storage.list(''), storage.check()])

      expect(Date.now() - started).toBeLessThan(BOUND)
      for (const act of acts) expect(act).toMatchObject({ status: 'rejected', reason: OUTAGE })
      expect(await proxy.settle()).toBe(0)
    })

    test('must not answer a range with something else', async () => {
      proxy.fail(1, { kind: 'answer', status: 200, body: 'something else' }, isGet)

      await expect(storage.open('temp/there', { start: 0, end: 9 })).rejects.toMatchObject(OUTAGE)
    })

    test('is no missing object, whatever a proxy says', async () => {
      proxy.rule = () => ({ kind: 'answer', status: 404, body: '<html>Not Found</html>' })

      await expect(storage.open('temp/there')).rejects.toMatchObject(OUTAGE)
      await expect(storage.size('temp/there')).rejects.toMatchObject(OUTAGE)
      await expect(storage.copy('temp/there', 'uploads/there')).rejects.toMatchObject(OUTAGE)
    })

    test('and nobody reads it, keeps nothing waiting but further readers, and those not for long', async () => {
      storage = await bucket.open({ connections: 4 })
      const unread = await Promise.all(Array.from({ length: 4 }, () => storage.open('temp/there')))
      const { open, 'open a small object': openSmall, ...others } = everything()
      const started = Date.now()

      const further = Promise.allSettled([open?.(), openSmall?.()])
      await Promise.all(Object.values(others).map((act) => act()))

      for (const act of await further) expect(act).toMatchObject({ status: 'rejected', reason: OUTAGE })
      expect(Date.now() - started).toBeLessThan(BOUND)
      for (const { body } of unread) if (body instanceof Readable) body.destroy()
      expect(await bytesOf(await storage.open('temp/there'))).toHaveLength(MIB)
    })

    test('is freed when a reader leaves', async () => {
      const { body } = await storage.open('temp/there')
      if (!(body instanceof Readable)) throw new Error('It must be a stream.')
      body.resume()

      body.destroy()

      await sleep(50)
      expect(proxy.connections).toBeLessThanOrEqual(1)
    })
  })

  describe('while an object is copied', () => {
    test('and says in a body of status 200 that it did not', async () => {
      for (const body of [s3ErrorBody('InternalError'), s3ErrorBody('InternalError').trim(), '']) {
        proxy.fail(100, { kind: 'answer', status: 200, body }, isCopy)

        await expect(storage.copy('temp/there', 'uploads/there')).rejects.toMatchObject(OUTAGE)
      }

      proxy.reset()
      await expectUnchanged()
    })

    test('and says that it did what it did not', async () => {
      const body = '<CopyObjectResult><ETag>"of-something-else"</ETag></CopyObjectResult>'
      proxy.fail(1, { kind: 'answer', status: 200, body }, isCopy)

      await expect(storage.copy('temp/there', 'uploads/there')).rejects.toMatchObject(OUTAGE)

      await storage.copy('temp/there', 'uploads/there')
      expect(await storage.size('uploads/there')).toBe(MIB)
    })
  })

  describe('while objects are deleted', () => {
    test('and leaves some of them, says how many', async () => {
      const body = `<DeleteResult><Deleted><Key>kept/temp/small</Key></Deleted><Error><Key>kept/temp/there</Key><Code>AccessDenied</Code></Error></DeleteResult>`
      proxy.fail(1, { kind: 'answer', status: 200, body })

      await expect(storage.delete(['temp/small', 'temp/there'])).rejects.toMatchObject({
        ...OUTAGE,
        message: 'S3 did not delete 1 of 2 objects (AccessDenied).',
      })
    })

    test('and does not say what became of them, has not deleted them', async () => {
      for (const body of [s3ErrorBody('InternalError'), '<DeleteResult></DeleteResult>', '']) {
        proxy.fail(100, { kind: 'answer', status: 200, body })

        await expect(storage.delete(['temp/small', 'temp/there'])).rejects.toMatchObject(OUTAGE)
      }

      proxy.reset()
      await expectUnchanged()
    })
  })
})
