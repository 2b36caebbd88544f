import { setTimeout as delay } from 'node:timers/promises'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { isProduction } from '../../support/backend.ts'
import { create, entry, form, ask as send, sha256 } from '../../support/entries.ts'
import { type Service, service } from '../../support/service.ts'
import { upload } from '../../support/wire.ts'
import { withMethod } from '../../support/with-method.ts'
import { ask } from './ask.ts'

let running: Service
let id: number
let path: string
let bare: string

beforeAll(async () => {
  running = await service()
  id = await create(running, { name: 'a b(1).css', content: 'body{}' })
  path = new URL(String((await entry(running, id))?.cdn_url)).pathname
  bare = path.slice(0, path.lastIndexOf('/'))
})

test('it says what a permanent url says, but must be asked again, and tells no time', async () => {
  const { status, headers, body } = await ask(running.port, path)

  expect([status, body.toString()]).toEqual([200, 'body{}'])
  expect(path).toBe(`${bare}/a%20b(1).css`)
  expect(headers).toEqual({
    'content-type': 'text/css; charset=utf-8',
    'content-length': '6',
    'content-disposition': expect.stringMatching(/^attachment; filename="a b\(1\)\.css"/),
    etag: `"${sha256('body{}')}"`,
    'accept-ranges': 'bytes',
    'cache-control': 'public, no-cache',
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

test.each<[string, Record<string, string>, number]>([
  ['GET', { 'If-None-Match': `"${sha256('body{}')}"` }, 304],
  ['GET', { 'If-None-Match': '"x"' }, 200],
  ['GET', { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 200],
  ['GET', { 'If-Unmodified-Since': 'Fri, 01 Jan 1999 00:00:00 GMT' }, 200],
  ['GET', { Range: 'bytes=0-1' }, 206],
  ['GET', { Range: 'bytes=0-1', 'If-Range': 'Mon, 15 Jan 2024 10:30:00 GMT' }, 200],
  ['GET', { Range: 'bytes=9-' }, 416],
  ['HEAD', {}, 200],
  ['POST', {}, 405],
  ['DELETE', {}, 405],
])('%s with %j answers %d', async (method, headers, status) => {
  const answer = await ask(running.port, path, { method, headers })

  expect(answer.status).toBe(status)
  if (status === 304) expect(answer.headers['cache-control']).toBe('public, no-cache')
})

test('the name is decoration, and may be left out', async () => {
  for (const tail of ['', '/other.js', '/%C3%A4%zz', '/...', '?download', '/a?x=/../']) {
    expect([tail, (await ask(running.port, bare + tail)).status]).toEqual([tail, 200])
  }
})

test('crooked paths and unknown ids are 404', async () => {
  const assetId = bare.slice(-24)
  const strays = [
    `${bare}/`,
    `${bare}//a.css`,
    `${bare}/a/b`,
    `${bare}/.`,
    `${bare}/..`,
    `${bare}/%2e%2E`,
    `${bare}/a%2fb`,
    `${bare}/%5C`,
    `${bare}/a\\b`,
    `/cdn//files/${assetId}`,
    `/cdn/files//${assetId}`,
    `/cdn/Files/${assetId}`,
    `/cdn/files/${assetId.slice(1)}`,
    `/cdn/files/${id}`,
    '/cdn/files/',
    '/cdn/files',
    `/cdn/files/${'f'.repeat(24)}`,
    `/cdn/files/${assetId.toUpperCase()}X`,
    `/files/${assetId}`,
  ]

  for (const stray of strays) expect([stray, (await ask(running.port, stray)).status]).toEqual([stray, 404])
})

test('a temporary asset has none', async () => {
  const asset = await running.context.assets.findByTempId(await upload(running))

  expect((await ask(running.port, `/cdn/files/${asset?.id}`)).status).toBe(404)
})

test('where the CDN has its own path or none, it is there too', async () => {
  for (const [cdnBaseUrl, base] of [
    ['https://cdn.example.com/media', '/media/files/'],
    ['https://cdn.example.com', '/files/'],
  ] as const) {
    const other = await service({ settings: { cdnBaseUrl } })
    const url = new URL(String((await entry(other, await create(other, { name: 'a.css', content: 'x' })))?.cdn_url))

    expect(url.href).toMatch(new RegExp(`^${cdnBaseUrl}/files/[0-9a-f]{24}/a\\.css$`))
    expect(url.pathname.startsWith(base)).toBe(true)
    expect((await ask(other.port, url.pathname)).body.toString()).toBe('x')
  }
})

test('a hotlink leads to its target, for HEAD and with a name or without', async () => {
  const made = await create(running, { name: 'h.css', url: 'https://example.com/ü/a b'.replace(' ', '%20') })
  const hotlink = new URL(String((await entry(running, made))?.cdn_url)).pathname

  for (const method of ['GET', 'HEAD']) {
    const { status, headers, body } = await ask(running.port, hotlink, { method })

    expect([status, body.length]).toEqual([302, 0])
    expect(headers).toMatchObject({
      location: 'https://example.com/%C3%BC/a%20b',
      'cache-control': 'public, no-cache',
      'access-control-allow-origin': '*',
    })
  }
  await send(running, 'DELETE', `/assets/${made}`)
  expect((await ask(running.port, hotlink)).status).toBe(404)
})

test('a hotlink leads where its owner wrote, letter by letter, as far as a header can say it', async () => {
  const written = [
    ['https://EXTERNAL_URL/site.css', 'https://EXTERNAL_URL/site.css'],
    ['http://example.com', 'http://example.com'],
    ['HTTP://Example.com:80/a/../b?c=[d]|"e"#<f>', 'HTTP://Example.com:80/a/../b?c=[d]|"e"#<f>'],
    ['https://Example.com/%7e/ü/😀?ß', 'https://Example.com/%7e/%C3%BC/%F0%9F%98%80?%C3%9F'],
    ['https://bücher.example/Ü', 'https://xn--bcher-kva.example/%C3%9C'],
  ] as const

  for (const [index, [url, location]] of written.entries()) {
    const made = await create(running, { name: `written-${index}.css`, url })
    const { status, headers } = await ask(running.port, new URL(String((await entry(running, made))?.cdn_url)).pathname)

    expect([status, headers.location]).toEqual([302, location])
  }
})

test('a hotlink says of itself what a content does', async () => {
  const made = await create(running, { name: 'embedded.css', url: 'https://example.com/a.css' })
  const hotlink = new URL(String((await entry(running, made))?.cdn_url)).pathname

  for (const method of ['GET', 'HEAD']) {
    expect((await ask(running.port, hotlink, { method })).headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
      'content-length': '0',
    })
  }
})

test('readers see one content or another while it is replaced, never a mix, never a gap', async () => {
  // Each waits for all others of its record: a server of a database answers a fraction of what an embedded one does.
  const versions = Array.from({ length: isProduction ? 40 : 200 }, (_, index) =>
    `${index}:`.padEnd(index % 2 ? 300_000 : 300, `${index % 10}`),
  )
  const known = new Set([...versions, 'body{}'].map((text) => `"${sha256(text)}"`))
  let going = true
  const upkeep = (async () => {
    while (going) {
      await runUpkeep(running.context, AbortSignal.timeout(10_000))
      await delay(5)
    }
  })()
  const readers = Array.from({ length: 8 }, async () => {
    const seen: string[] = []
    while (going) {
      const { status, headers, body } = await ask(running.port, path)
      if (status !== 200 || headers.etag !== `"${sha256(body)}"`) seen.push(`${status} ${headers.etag}`)
      if (!known.has(String(headers.etag))) seen.push(`unknown ${headers.etag}`)
    }
    return seen
  })
  for (let from = 0; from < versions.length; from += 10) {
    const answers = await Promise.all(
      versions
        .slice(from, from + 10)
        .map((content, index) =>
          send(
            running,
            'PUT',
            `/assets/${id}`,
            index % 2 ? form({ content }) : form({ file: { file: content, name: 'x' } }),
          ),
        ),
    )
    expect(answers.map(({ text }) => text)).toEqual(answers.map(() => 'true'))
  }
  going = false
  await upkeep

  expect((await Promise.all(readers)).flat()).toEqual([])
}, 60_000)

test('a content that is replaced between the record and the bytes is looked for again, at most three times', async () => {
  let misses = 0
  const racing = await service({
    wrap: (context: UpkeepContext) => ({
      ...context,
      storage: withMethod(context.storage, 'open', (open) => async (key, range) => {
        if (misses <= 0) return open(key, range)
        misses -= 1
        await send(racing, 'PUT', '/assets/1', form({ content: `after ${misses}` }))
        throw new KeepsakeError('OBJECT_NOT_FOUND', 'It was purged meanwhile.')
      }),
    }),
  })
  await create(racing, { name: 'a.txt', content: 'first' })
  const { pathname } = new URL(String((await entry(racing, 1))?.cdn_url))
  misses = 2
  const found = await ask(racing.port, pathname)
  misses = 3
  const lost = await ask(racing.port, pathname)

  expect([found.status, found.body.toString()]).toEqual([200, 'after 0'])
  expect([lost.status, lost.headers['retry-after']]).toEqual([503, '1'])
})
