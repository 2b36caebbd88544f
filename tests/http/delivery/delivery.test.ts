import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { Asset } from '@keepsake/shared/domain/asset'
import { unavailable } from '@keepsake/shared/domain/errors'
import { deleteAsset } from '@keepsake/shared/operations/assets/delete-asset'
import { persistAsset } from '@keepsake/shared/operations/assets/persist-asset'
import { uploadAsset } from '@keepsake/shared/operations/uploads/upload-asset'
import { file } from '../../support/files.ts'
import { type Service, service } from '../../support/service.ts'
import { withMethod } from '../../support/with-method.ts'
import { ask, codeOf } from './ask.ts'
import { rawClient, until } from './content-server.ts'

async function persisted(server: Service, content: string | Buffer, name: string): Promise<Asset & { key: string }> {
  const { tempId = '' } = await uploadAsset(server.context, server.owner, file(content, name))
  const { key = '', ...asset } = await persistAsset(server.context, server.owner, tempId)
  return { ...asset, key }
}

const TEXT = 'ten bytes!'
const SHA256 = createHash('sha256').update(TEXT).digest('hex')

describe('a permanent url', () => {
  let server: Service
  let path: string

  beforeAll(async () => {
    server = await service()
    path = `/cdn/${(await persisted(server, TEXT, 'notes.txt')).key}`
  })

  test('gives the bytes and says everything that a reader needs', async () => {
    const { status, headers, body } = await ask(server.port, path)

    expect(status).toBe(200)
    expect(body.toString()).toBe(TEXT)
    expect(headers).toEqual({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '10',
      'content-disposition': `inline; filename="notes.txt"; filename*=UTF-8''notes.txt`,
      etag: `"${SHA256}"`,
      'last-modified': 'Mon, 15 Jan 2024 10:30:00 GMT',
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=31536000, s-maxage=86400, immutable',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'Range, If-None-Match, If-Range',
      'access-control-expose-headers': 'ETag, Content-Range, Content-Length, Accept-Ranges, Content-Disposition',
      'cross-origin-resource-policy': 'cross-origin',
      'x-request-id': expect.any(String),
      date: expect.any(String),
      connection: 'close',
    })
  })

  test('answers HEAD with the same headers and no body', async () => {
    const get = await ask(server.port, path)
    const head = await ask(server.port, path, { method: 'HEAD' })

    const varying = { date: expect.any(String), 'x-request-id': expect.any(String) }
    expect(head.status).toBe(200)
    expect(head.headers).toEqual({ ...get.headers, ...varying })
    expect(head.body).toHaveLength(0)
  })

  test('is never compressed', async () => {
    const { headers, body } = await ask(server.port, path, { headers: { 'Accept-Encoding': 'gzip, br' } })

    expect(headers).not.toHaveProperty('content-encoding')
    expect(headers).not.toHaveProperty('vary')
    expect(body.toString()).toBe(TEXT)
  })

  test('answers 304 with what a cache has to know and nothing else', async () => {
    const { status, headers, body } = await ask(server.port, path, { headers: { 'If-None-Match': `"${SHA256}"` } })

    expect(status).toBe(304)
    expect(body).toHaveLength(0)
    expect(headers).toMatchObject({
      etag: `"${SHA256}"`,
      'last-modified': 'Mon, 15 Jan 2024 10:30:00 GMT',
      'cache-control': 'public, max-age=31536000, s-maxage=86400, immutable',
      'access-control-allow-origin': '*',
    })
    expect(headers).not.toHaveProperty('content-type')
    expect(headers).not.toHaveProperty('content-length')
  })

  test.each<[Record<string, string>, number]>([
    [{ 'If-None-Match': `W/"${SHA256}"` }, 304],
    [{ 'If-None-Match': '"x"' }, 200],
    [{ 'If-Modified-Since': 'Mon, 15 Jan 2024 10:30:00 GMT' }, 304],
    [{ 'If-Modified-Since': 'Mon, 15 Jan 2024 10:29:59 GMT' }, 200],
    [{ 'If-Match': '"x"' }, 412],
    [{ 'If-Match': `"${SHA256}"` }, 200],
    [{ 'If-Unmodified-Since': 'Mon, 15 Jan 2024 10:29:59 GMT' }, 412],
    [{ 'If-Unmodified-Since': 'Mon, 15 Jan 2024 10:30:00 GMT' }, 200],
    [{ Range: 'bytes=0-3' }, 206],
    [{ Range: 'bytes=0-3', 'If-Range': `"${SHA256}"` }, 206],
    [{ Range: 'bytes=0-3', 'If-Range': 'Mon, 15 Jan 2024 10:30:00 GMT' }, 206],
    [{ Range: 'bytes=0-3', 'If-Range': `W/"${SHA256}"` }, 200],
    [{ Range: 'bytes=0-3', 'If-Range': 'Mon, 15 Jan 2024 10:30:01 GMT' }, 200],
    [{ Range: 'bytes=0-3', 'If-None-Match': `"${SHA256}"` }, 304],
    [{ Range: 'bytes=0-3', 'If-Match': '"x"' }, 412],
    [{ Range: 'bytes=10-', 'If-Range': '"x"' }, 200],
    [{ Range: 'bytes=10-' }, 416],
    [{ Range: 'bytes=-0' }, 416],
    [{ Range: 'bytes=0-1,3-4' }, 200],
    [{ Range: 'bytes=0x0-0x1' }, 200],
    [{ Range: 'chunks=0-1' }, 200],
  ])('asked with %j answers %d', async (headers, status) => {
    const get = await ask(server.port, path, { headers })

    expect(get.status).toBe(status)
    if (status === 200) expect(get.body.toString()).toBe(TEXT)
    if (status === 206) expect(get.body.toString()).toBe('ten ')
  })

  test('ignores ranges on HEAD, not conditions', async () => {
    const ranged = await ask(server.port, path, { method: 'HEAD', headers: { Range: 'bytes=99-' } })
    const unchanged = await ask(server.port, path, { method: 'HEAD', headers: { 'If-None-Match': '*' } })
    const failed = await ask(server.port, path, { method: 'HEAD', headers: { 'If-Match': '"x"' } })

    expect([ranged.status, unchanged.status, failed.status]).toEqual([200, 304, 412])
    expect(ranged.headers['content-length']).toBe('10')
  })

  test('gives a part with all headers of the whole', async () => {
    const { headers, body } = await ask(server.port, path, { headers: { Range: 'bytes=-6' } })

    expect(body.toString()).toBe('bytes!')
    expect(headers).toMatchObject({
      'content-range': 'bytes 4-9/10',
      'content-length': '6',
      'content-type': 'text/plain; charset=utf-8',
      etag: `"${SHA256}"`,
    })
  })

  test.each<[Record<string, string>, number, string]>([
    [{ Range: 'bytes=10-' }, 416, 'RANGE_NOT_SATISFIABLE'],
    [{ 'If-Match': '"x"' }, 412, 'PRECONDITION_FAILED'],
  ])('refuses %j with a problem that any page may read and nobody stores', async (headers, status, code) => {
    const answer = await ask(server.port, path, { headers })

    expect(answer.status).toBe(status)
    expect(codeOf(answer)).toBe(code)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
    })
    expect(answer.headers).not.toHaveProperty('etag')
    expect(answer.headers['content-range']).toBe(status === 416 ? 'bytes */10' : undefined)
  })

  test('forces a download for ?download of any value, and takes nothing else from the query', async () => {
    for (const query of ['download', 'download=', 'download=0', 'x=1&download=evil.html', 'download&name=evil.html']) {
      const { headers } = await ask(server.port, `${path}?${query}`)
      expect(headers['content-disposition']).toBe(`attachment; filename="notes.txt"; filename*=UTF-8''notes.txt`)
    }
    for (const query of ['', 'downloads', 'x=download', 'response-content-type=text/html', 'filename=evil.html']) {
      const { status, headers } = await ask(server.port, `${path}?${query}`)
      expect(status).toBe(200)
      expect(headers['content-disposition']).toMatch(/^inline; filename="notes.txt"/)
      expect(headers['content-type']).toBe('text/plain; charset=utf-8')
    }
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])('refuses %s', async (method) => {
    const answer = await ask(server.port, path, { method })

    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('GET, HEAD')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['access-control-allow-origin']).toBe('*')
    expect(codeOf(answer)).toBe('METHOD_NOT_ALLOWED')
    expect((await ask(server.port, path)).body.toString()).toBe(TEXT)
  })

  test('lets pages of any origin ask with ranges and tags', async () => {
    const { status, headers, body } = await ask(server.port, path, {
      method: 'OPTIONS',
      headers: { Origin: 'https://app.example', 'Access-Control-Request-Method': 'GET' },
    })

    expect(status).toBe(204)
    expect(body).toHaveLength(0)
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': 'Range, If-None-Match, If-Range',
    })
    expect(headers).not.toHaveProperty('access-control-allow-credentials')
  })

  test('answers to no other spelling of itself', async () => {
    const key = path.slice('/cdn/'.length)
    const crooked = [
      `/cdn//${key}`,
      `/cdn/./${key}`,
      `/cdn/x/../${key}`,
      `/cdn/../cdn/${key}`,
      `/cdn/%2e/${key}`,
      `/cdn/x/%2e%2e/${key}`,
      `/cdn/x/..%2f${key}`,
      `/cdn/${key}/`,
      `/cdn/${key}//`,
      `/cdn/${key}.`,
      `/cdn/${key}%00`,
      `/cdn/${key}%00.png`,
      `/cdn/${key}%20`,
      `/cdn/${key};x`,
      `/cdn/${key}%3fdownload`,
      `/cdn/${key}%ff`,
      `/cdn/${key}%`,
      `/cdn/${key}%zz`,
      `/cdn/${key.replaceAll('/', '%2f')}`,
      `/cdn/${key.replaceAll('/', '%252f')}`,
      `/cdn/${key.replaceAll('/', '//')}`,
      `/cdn/${key.replaceAll('/', '\\')}`,
      `/cdn/${key.replace('notes', '%6eotes')}`,
      `/cdn/${key.replace('notes', '%256eotes')}`,
      `/cdn/${key.replace('notes', 'Notes')}`,
      `/cdn/${key.replace('uploads', 'UPLOADS')}`,
      `/cdn/${key.replace('uploads/', '')}`,
      `/cdn/cdn/${key}`,
      `/CDN/${key}`,
      `/Cdn/${key}`,
      `//cdn/${key}`,
      `/./cdn/${key}`,
      `/x/../cdn/${key}`,
      `/%63dn/${key}`,
      `/cdn%2f${key}`,
      `/${key}`,
      '/cdn',
      '/cdn/',
      '/cdn/?download',
      '/cdn/uploads/',
    ]
    const statuses: Record<string, number | undefined> = {}
    for (const spelling of crooked) statuses[spelling] = (await ask(server.port, spelling)).status

    expect(statuses).toEqual(Object.fromEntries(crooked.map((spelling) => [spelling, 404])))
  })

  test('is a problem when it is unknown', async () => {
    const answer = await ask(server.port, '/cdn/uploads/2024/01/15/other.txt')

    expect(answer.status).toBe(404)
    expect(codeOf(answer)).toBe('ASSET_NOT_FOUND')
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
      'x-request-id': expect.any(String),
    })
    expect(answer.headers).not.toHaveProperty('content-disposition')
  })
})

describe('what a browser does with a file', () => {
  test('is told by its content, never by its name', async () => {
    const server = await service()
    const { key } = await persisted(server, '<!doctype html><script>alert(1)</script>', 'photo.jpg')

    const { headers } = await ask(server.port, `/cdn/${key}`)

    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['content-disposition']).toMatch(/^attachment;/)
    expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none';/)
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  test('shows SVG, but never lets it run', async () => {
    const server = await service()
    const svg = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    const { key } = await persisted(server, svg, 'logo.svg')

    const { headers } = await ask(server.port, `/cdn/${key}`)

    expect(headers['content-type']).toMatch(/^image\/svg\+xml/)
    expect(headers['content-disposition']).toMatch(/^inline;/)
    expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none';/)
  })

  test('names no charset for bytes that are not UTF-8', async () => {
    const server = await service()
    const { key } = await persisted(server, Buffer.from('Grüße', 'latin1'), 'latin.txt')

    expect((await ask(server.port, `/cdn/${key}`)).headers['content-type']).toBe('text/plain')
  })

  test.each([
    ['a.cjs', 'const ü = 1', 'application/node; charset=utf-8'],
    ['a.dtd', '<!ELEMENT note (#PCDATA)> <!-- ü -->', 'application/xml-dtd; charset=utf-8'],
  ])('counts %s as JavaScript or XML', async (name, content, type) => {
    const server = await service()
    const { key } = await persisted(server, content, name)

    expect((await ask(server.port, `/cdn/${key}`)).headers['content-type']).toBe(type)
  })

  test('never unpacks what was stored packed', async () => {
    const server = await service()
    const { key } = await persisted(server, Buffer.from('1f8b08000000000000034bcb0700', 'hex'), 'a.txt.gz')

    const { headers } = await ask(server.port, `/cdn/${key}`)

    expect(headers).not.toHaveProperty('content-encoding')
    expect(headers['content-type']).toBe('application/gzip')
  })

  test('keeps the name that was uploaded', async () => {
    const server = await service()
    const { key } = await persisted(server, 'x', "Übung 'eins' (1) *.txt")

    const { headers } = await ask(server.port, `/cdn/${key}`)

    expect(headers['content-disposition']).toContain("filename*=UTF-8''%C3%9Cbung%20%27eins%27%20%281%29%20%2A.txt")
  })

  test('is possible with an empty file, but not with a part of it', async () => {
    const server = await service()
    const { key } = await persisted(server, '', 'empty.txt')

    const whole = await ask(server.port, `/cdn/${key}`)
    const part = await ask(server.port, `/cdn/${key}`, { headers: { Range: 'bytes=0-' } })
    const head = await ask(server.port, `/cdn/${key}`, { method: 'HEAD' })

    expect([whole.status, whole.headers['content-length'], whole.body.length]).toEqual([200, '0', 0])
    expect([part.status, part.headers['content-range']]).toEqual([416, 'bytes */0'])
    expect([head.status, head.headers['content-length']]).toEqual([200, '0'])
  })
})

describe('where delivery answers', () => {
  test.each(['/static/v1', '/cdn/v1'])('is also the path of the CDN base url: %s', async (path) => {
    const server = await service({ settings: { cdnBaseUrl: `https://cdn.example${path}` } })
    const { key } = await persisted(server, TEXT, 'a.txt')

    expect((await ask(server.port, `/cdn/${key}`)).status).toBe(200)
    expect((await ask(server.port, `${path}/${key}`)).status).toBe(200)
    expect((await ask(server.port, `/static/${key}`)).status).toBe(404)
    expect((await ask(server.port, `/${key}`)).status).toBe(404)
  })

  test('is the beginning of keys where the CDN base url has no path', async () => {
    const server = await service({ settings: { cdnBaseUrl: 'https://cdn.example' } })
    const { key } = await persisted(server, TEXT, 'a.txt')

    expect((await ask(server.port, `/cdn/${key}`)).status).toBe(200)
    expect((await ask(server.port, `/${key}`)).status).toBe(200)
    expect((await ask(server.port, '/health/live')).status).toBe(200)
    expect((await ask(server.port, `/${key}`, { method: 'POST' })).headers.allow).toBe('GET, HEAD')
  })
})

describe('what is not persisted', () => {
  test('is not there: temporary and deleted assets are 404', async () => {
    const server = await service()
    const { tempId = '' } = await uploadAsset(server.context, server.owner, file(TEXT))
    const { key, id } = await persisted(server, TEXT, 'b.txt')
    expect((await ask(server.port, `/cdn/${key}`)).status).toBe(200)

    await deleteAsset(server.context, server.owner, id)

    expect((await ask(server.port, `/cdn/${key}`)).status).toBe(404)
    expect((await ask(server.port, `/cdn/temp/${tempId}`)).status).toBe(404)
    expect((await ask(server.port, `/cdn/${tempId}`)).status).toBe(404)
  })

  test('is served to its end to whoever had begun to read', async () => {
    const server = await service()
    const large = Buffer.alloc(24 * 1024 * 1024, 'x')
    const { key, id } = await persisted(server, large, 'large.txt')
    const response = await fetch(`${server.url}/cdn/${key}`)

    await deleteAsset(server.context, server.owner, id)
    await server.context.storage.delete([key])

    expect((await response.arrayBuffer()).byteLength).toBe(large.length)
  })
})

describe('bytes that are lost', () => {
  test.each(['GET', 'HEAD'])('are a 5xx for %s, never a 404', async (method) => {
    const server = await service()
    const { key } = await persisted(server, TEXT, 'a.txt')
    await server.context.storage.delete([key])

    const answer = await ask(server.port, `/cdn/${key}`, { method })

    expect(answer.status).toBe(500)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(server.logged.filter(({ level }) => level === 'error')).toHaveLength(1)
  })

  test.each([5, 15])('or %d instead of 10 are a 5xx, never short and clean', async (size) => {
    const server = await service()
    const { key } = await persisted(server, TEXT, 'a.txt')
    await server.context.storage.delete([key])
    await server.context.storage.put(key, Readable.from([Buffer.alloc(size)]))

    const answer = await ask(server.port, `/cdn/${key}`)

    expect(answer.status).toBe(500)
    expect(codeOf(answer)).toBe('INTERNAL')
    expect(answer.headers).not.toHaveProperty('etag')
  })

  test('are no longer a problem for a reader whose copy is current', async () => {
    const server = await service()
    const { key } = await persisted(server, TEXT, 'a.txt')
    await server.context.storage.delete([key])

    const answer = await ask(server.port, `/cdn/${key}`, { headers: { 'If-None-Match': `"${SHA256}"` } })

    expect(answer.status).toBe(304)
  })

  test('because the storage is out of reach are a 503 that says when to come back', async () => {
    const server = await service({
      wrap: (context) => ({
        ...context,
        storage: withMethod(context.storage, 'open', () => () => Promise.reject(unavailable('The storage is gone.'))),
      }),
    })
    const { key } = await persisted(server, TEXT, 'a.txt')

    const answer = await ask(server.port, `/cdn/${key}`)

    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.headers['cache-control']).toBe('no-store')
  })
})

describe('readers that go away', () => {
  test('leave no descriptor open and nothing to complain about', async () => {
    const bodies: Readable[] = []
    const server = await service({
      wrap: (context) => ({
        ...context,
        storage: withMethod(context.storage, 'open', (open) => async (...address) => {
          const object = await open(...address)
          if (object.body instanceof Readable) bodies.push(object.body)
          return object
        }),
      }),
    })
    const { key } = await persisted(server, Buffer.alloc(24 * 1024 * 1024, 'x'), 'large.txt')

    for (let round = 0; round < 20; round += 1) {
      const client = await rawClient(server.port, `GET /cdn/${key} HTTP/1.1\r\nHost: x\r\n\r\n`)
      await once(client, 'readable')
      if (round % 2 === 0) client.resetAndDestroy()
      else client.destroy()
    }

    await until(() => bodies.length === 20 && bodies.every(({ closed }) => closed))
    expect(server.logged.filter(({ level }) => level !== 'info')).toEqual([])
  })
})
