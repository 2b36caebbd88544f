import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SendOptions } from '@keepsake/server/http/send-content'
import { openObject } from '@keepsake/shared/adapters/disk/open-object'
import type { OpenObject } from '@keepsake/shared/ports/storage'
import fc from 'fast-check'
import { contentServer, deliveryOf, rawClient, readAll, until } from './content-server.ts'

const MIB = 1024 * 1024
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
const LAST_GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

/** More than the buffers of a connection on loopback hold. */
const LARGE = randomBytes(24 * MIB)

let folder: string
let closing: (() => Promise<void>)[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepsake-content-'))
  closing = []
})

afterEach(async () => {
  for (const close of closing) await close()
  await rm(folder, { recursive: true })
})

async function serve(bytes: Uint8Array, open: () => Promise<OpenObject>, options?: Partial<SendOptions>) {
  const server = await contentServer(deliveryOf(bytes, open), options)
  closing.push(server.close)
  return server
}

async function serveFile(bytes: Uint8Array, options?: Partial<SendOptions>) {
  const path = join(folder, 'object')
  await writeFile(path, bytes)
  const server = await contentServer(
    deliveryOf(bytes, (range) => openObject(path, range)),
    options,
  )
  closing.push(server.close)
  return { ...server, path }
}

describe('sending content', () => {
  test.each([0, 1, 1000, 256 * 1024, 256 * 1024 + 1, 3 * MIB])('gives all %d bytes', async (size) => {
    const bytes = randomBytes(size)
    const server = await serveFile(bytes)

    const response = await fetch(server.url)

    expect(response.status).toBe(200)
    expect(response.headers.get('content-length')).toBe(String(size))
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
    await until(() => server.heldCount() === 0)
  })

  test('gives exactly the slice that a range names, of small and large files', async () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2 * MIB }))
    await fc.assert(
      fc.asyncProperty(size, fc.nat(), fc.nat(), async (length, one, other) => {
        const bytes = randomBytes(length)
        const [start = 0, end = 0] = [one % length, other % length].sort((a, b) => a - b)
        const server = await serveFile(bytes)

        const response = await fetch(server.url, { headers: { Range: `bytes=${start}-${end}` } })

        expect(response.status).toBe(206)
        expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end}/${length}`)
        expect(response.headers.get('content-length')).toBe(String(end - start + 1))
        expect(Buffer.from(await response.arrayBuffer()).equals(bytes.subarray(start, end + 1))).toBe(true)
        await server.close()
        closing.pop()
      }),
      { numRuns: 60 },
    )
  })

  test('serves a hundred readers at once', async () => {
    const bytes = randomBytes(MIB)
    const server = await serveFile(bytes)

    const readers = Array.from({ length: 100 }, async () => {
      const response = await fetch(server.url)
      return Buffer.from(await response.arrayBuffer()).equals(bytes)
    })

    expect(await Promise.all(readers)).toEqual(readers.map(() => true))
    await until(() => server.heldCount() === 0)
    expect(server.openedCount()).toBe(100)
  })

  test.each<[string, Record<string, string>, number]>([
    ['If-None-Match', { 'If-None-Match': '*' }, 304],
    ['If-Match', { 'If-Match': '"x"' }, 412],
    ['a range outside', { Range: 'bytes=10-' }, 416],
  ])('answers %s without opening anything', async (_, headers, status) => {
    const server = await serve(Buffer.from('ten bytes!'), () => Promise.reject(new Error('It was opened.')))

    const response = await fetch(server.url, { headers })

    expect(response.status).toBe(status)
    expect(server.errors).toEqual([])
  })

  test('adds the headers of the address', async () => {
    const server = await serveFile(Buffer.from('hello'), { headers: { 'Cache-Control': 'private, no-store' } })

    const whole = await fetch(server.url)
    const unchanged = await fetch(server.url, { headers: { 'If-None-Match': whole.headers.get('etag') ?? '' } })

    expect(whole.headers.get('cache-control')).toBe('private, no-store')
    expect(unchanged.status).toBe(304)
    expect(unchanged.headers.get('cache-control')).toBe('private, no-store')
  })

  test('HEAD says what GET would say, holds nothing and sends nothing', async () => {
    const server = await serveFile(LARGE)

    const response = await fetch(server.url, { method: 'HEAD', headers: { Range: 'bytes=0-1' } })

    expect(response.status).toBe(200)
    expect(response.headers.get('content-length')).toBe(String(LARGE.length))
    expect(response.headers.get('content-range')).toBeNull()
    expect((await response.arrayBuffer()).byteLength).toBe(0)
    expect(server.heldCount()).toBe(0)
  })
})

describe('bytes that are not what the record says', () => {
  test.each(['GET', 'HEAD'])('%s of missing ones is a 5xx', async (method) => {
    const server = await serveFile(LARGE)
    await rm(server.path)

    const response = await fetch(server.url, { method })

    expect(response.status).toBe(500)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('etag')).toBeNull()
    expect(response.headers.get('content-disposition')).toBeNull()
  })

  test.each([3, 5])('a buffer of %d bytes instead of 4 is a 5xx', async (length) => {
    const server = await serve(Buffer.from('four'), async () => ({ size: 4, body: Buffer.alloc(length) }))

    const response = await fetch(server.url)

    expect(response.status).toBe(500)
    expect(server.errors).toHaveLength(1)
  })

  test.each([
    ['ends at once', []],
    ['fails at once', [new Error('disk on fire')]],
    ['is too long in its first piece', [Buffer.alloc(LARGE.length + 1)]],
  ])('a stream that %s is a 5xx', async (_, pieces) => {
    const server = await serve(LARGE, async () => ({ size: LARGE.length, body: streamOf(pieces) }))

    const response = await fetch(server.url)

    expect(response.status).toBe(500)
    expect(server.errors).toHaveLength(1)
    await until(() => server.heldCount() === 0)
  })

  test.each([
    ['ends early', [Buffer.alloc(MIB)]],
    ['fails midway', [Buffer.alloc(MIB), new Error('disk on fire')]],
    ['goes on for too long', [Buffer.alloc(LARGE.length - 1), Buffer.alloc(2)]],
  ])('a stream that %s breaks the connection', async (_, pieces) => {
    const server = await serve(LARGE, async () => ({ size: LARGE.length, body: streamOf(pieces) }))

    const response = await fetch(server.url)

    expect(response.status).toBe(200)
    await expect(response.arrayBuffer()).rejects.toThrow()
    expect(server.errors).toHaveLength(1)
    await until(() => server.heldCount() === 0)
  })

  test('a file that is cut while it is read breaks the connection', async () => {
    const server = await serveFile(LARGE)
    const client = await rawClient(server.port, GET)
    await until(() => server.openedCount() === 1)

    await truncate(server.path, 6 * MIB)
    const received = await readAll(client)

    expect(received.length).toBeLessThan(LARGE.length)
    expect(server.errors).toHaveLength(1)
    expect(server.heldCount()).toBe(0)
  })
})

describe('clients that do not take what they asked for', () => {
  test('leave nothing open when they go away', async () => {
    const server = await serveFile(LARGE)

    for (let round = 0; round < 20; round += 1) {
      const client = await rawClient(server.port, GET)
      await until(() => server.openedCount() === round + 1)
      if (round % 2 === 0) client.resetAndDestroy()
      else client.destroy()
    }

    await until(() => server.heldCount() === 0)
    expect(server.errors).toEqual([])
  })

  test('leave nothing open when they go away before the object is', async () => {
    let opened: (object: OpenObject) => void = () => {}
    const object = new Promise<OpenObject>((resolve) => {
      opened = resolve
    })
    const server = await serve(LARGE, () => object)
    const client = await rawClient(server.port, GET)
    await sleep(50)

    client.destroy()
    await once(client, 'close')
    await sleep(50)
    opened({ size: LARGE.length, body: streamOf([LARGE]) })

    await until(() => server.openedCount() === 1 && server.heldCount() === 0)
    expect(server.errors).toEqual([])
  })

  test('leave nothing open when the storage hangs and they go away', async () => {
    const server = await serve(LARGE, async () => ({ size: LARGE.length, body: new Readable({ read() {} }) }))
    const client = await rawClient(server.port, GET)
    await until(() => server.openedCount() === 1)

    client.destroy()

    await until(() => server.heldCount() === 0)
    expect(server.errors).toEqual([])
  })

  test.each([
    ['a stream', LARGE],
    ['one buffer', LARGE.subarray(0, 256 * 1024)],
  ])('are cut when they stop reading %s', async (_, bytes) => {
    const server = await serveFile(bytes, { idleTimeout: 200 })
    // So many answers that even the small one does not fit into the buffers of the connection.
    const client = await rawClient(server.port, GET.repeat(64))
    const begun = Date.now()

    const received = await sleep(1_000).then(() => readAll(client))

    expect(received.length).toBeLessThan(64 * bytes.length)
    expect(Date.now() - begun).toBeLessThan(5_000)
    expect(server.heldCount()).toBe(0)
    expect(server.errors).toEqual([])
  })

  test('are cut when the storage gives nothing', async () => {
    const server = await serve(LARGE, async () => ({ size: LARGE.length, body: new Readable({ read() {} }) }), {
      idleTimeout: 200,
    })

    await expect(fetch(server.url)).rejects.toThrow()

    await until(() => server.heldCount() === 0)
  })

  test('are not cut while they read slowly', async () => {
    const server = await serveFile(LARGE, { idleTimeout: 400 })
    const response = await fetch(server.url)
    let received = 0

    for await (const chunk of response.body ?? []) {
      const before = Math.floor(received / MIB)
      received += chunk.length
      if (Math.floor(received / MIB) > before) await sleep(50)
    }

    expect(received).toBe(LARGE.length)
  })

  test('make the server read little more than they take', async () => {
    let read = 0
    const body = new Readable({
      read() {
        read += MIB
        this.push(read <= LARGE.length ? LARGE.subarray(read - MIB, read) : null)
      },
    })
    const server = await serve(LARGE, async () => ({ size: LARGE.length, body }))
    const client = await rawClient(server.port, LAST_GET)
    await sleep(300)

    expect(read).toBeLessThan(LARGE.length / 2)
    expect((await readAll(client)).length).toBeGreaterThan(LARGE.length)
  })

  test('keep their connection when they come back later than the time for reading', async () => {
    const server = await serveFile(Buffer.from('hello'), { idleTimeout: 100 })
    const client = await rawClient(server.port, GET)
    await sleep(400)

    client.write(LAST_GET)
    const received = (await readAll(client)).toString()

    expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
  })

  test('hold one object at a time, however many requests they send ahead', async () => {
    const server = await serveFile(LARGE)
    const client = await rawClient(server.port, GET.repeat(20))
    await until(() => server.openedCount() === 1)
    await sleep(200)

    expect(server.openedCount()).toBe(1)
    client.destroy()
    await until(() => server.heldCount() === 0)
    expect(server.openedCount()).toBe(1)
  })

  test('get every answer to the requests they sent ahead', async () => {
    const bytes = randomBytes(MIB)
    const server = await serveFile(bytes)
    const client = await rawClient(server.port, GET.repeat(3) + LAST_GET)

    const received = await readAll(client)

    expect(received.toString('latin1').match(/HTTP\/1\.1 200 OK/g)).toHaveLength(4)
    expect(received.subarray(-MIB).equals(bytes)).toBe(true)
    expect(received.length).toBeGreaterThan(4 * MIB)
    expect(server.openedCount()).toBe(4)
  })
})

/** A stream of pieces; an error among them ends it. */
function streamOf(pieces: readonly (Buffer | Error)[]): Readable {
  return Readable.from(
    (async function* () {
      for (const piece of pieces) {
        if (piece instanceof Error) throw piece
        yield piece
      }
    })(),
    { objectMode: false },
  )
}
